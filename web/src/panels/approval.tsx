/** What waits for two people: as a card among the warnings, and as a dialog in which it is read and signed. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { AwaitingView, Nation, Trilingual } from '../../../src/node/wire.ts';
import { clockTime, duration, number, type Zone } from '../i18n/format.ts';
import { LANGUAGES, useText } from '../i18n/index.tsx';
import type { SignedIn } from '../office/credential.ts';
import { type CapDocument, documentsOf } from '../office/document.ts';
import type { Outcome } from '../office/requests.ts';
import { useExerciseNow } from '../time/use-time.ts';
import { Modal } from './modal.tsx';
import { outcomeText, roleName } from './office.tsx';
import { channelName, typeName } from './words.ts';

type RegionName = (code: string) => Trilingual | undefined;

function Signatures({ waiting, zone }: { waiting: AwaitingView; zone: Zone }) {
  const text = useText();
  const { t } = text;
  const { signed, needed } = waiting;
  const missing = needed - signed.length;
  return (
    <ul class="signatures">
      {signed.map((s) => (
        <li key={s.person} data-state="signed">
          <span aria-hidden="true">✓</span> {t.office.signedBy(s.person, clockTime(s.atUs, zone))} (
          {roleName(s.role, text)})
        </li>
      ))}
      <li data-state="missing">
        <span aria-hidden="true">…</span>{' '}
        {waiting.locked ? t.office.locked : missing > 1 ? t.office.twoMore : t.office.oneMore}
      </li>
    </ul>
  );
}

function Waited({ waiting }: { waiting: AwaitingView }) {
  const { t } = useText();
  const now = useExerciseNow() ?? waiting.sinceUs;
  const late = now >= waiting.lateUs;
  return (
    <span class="waited" data-late={late ? 'yes' : 'no'}>
      {t.office.waitingFor(duration(Math.max(0, now - waiting.sinceUs)))}
      {late && <b> {t.office.late}</b>}
    </span>
  );
}

/** What waits, as a card among the warnings. */
export function Awaiting(props: {
  awaiting: readonly AwaitingView[];
  zone: Zone;
  onRead(launchId: string): void;
}) {
  const { t, language } = useText();
  return (
    <>
      {props.awaiting.map((waiting) => (
        <article key={waiting.launchId} class="warning awaiting" data-type="awaiting">
          <header>
            <span class="tag">{t.office.waits}</span>
            <span class="warning-stage">
              {waiting.messages.map((m) => `${typeName(m, t)} · ${t.warnings.stage[m.stage]}`).join(', ')}
            </span>
            <Waited waiting={waiting} />
          </header>
          <h3>{waiting.messages[0].headline[language]}</h3>
          <Signatures waiting={waiting} zone={props.zone} />
          <button
            type="button"
            class="primary"
            aria-keyshortcuts="A"
            onClick={() => props.onRead(waiting.launchId)}
          >
            {t.office.read}{' '}
            <span class="key-mark" aria-hidden="true">
              A
            </span>
          </button>
        </article>
      ))}
    </>
  );
}

/**
 * Read, then sign: texts in three languages, areas, channels, who has signed. Control + Enter signs. The texts are read
 * out of the very documents that will be published, and these are what is signed; without them nothing can be.
 */
export function ApprovalDialog(props: {
  nation: Nation;
  /** The launch whose messages are read; undefined: closed. */
  launchId: string | undefined;
  awaiting: readonly AwaitingView[];
  person: SignedIn | undefined;
  zone: Zone;
  regionName: RegionName;
  onSign(launchId: string, documents: readonly CapDocument[]): Promise<Outcome>;
  onSignIn(): void;
  onClose(): void;
}) {
  const text = useText();
  const { t, language } = text;
  const { launchId, person, zone } = props;
  const waiting = props.awaiting.find((w) => w.launchId === launchId);
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(false);
  const [documents, setDocuments] = useState<readonly CapDocument[] | 'wrong' | undefined>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  const read = useRef<string | undefined>(undefined);
  const wording = waiting?.messages.map((m) => m.digest).join(' ');
  useEffect(() => {
    setOutcome(undefined);
    setChanged(false);
    read.current = undefined;
    // Reading begins at the heading; nothing is under the finger that opened the dialog.
    if (launchId !== undefined) heading.current?.focus();
  }, [launchId]);
  useEffect(() => {
    if (wording === undefined) return;
    if (read.current !== undefined && read.current !== wording) {
      setChanged(true);
      setOutcome(undefined);
    }
    read.current = wording;
  }, [wording]);
  useEffect(() => {
    setDocuments(undefined);
    if (!waiting) return;
    let current = true;
    documentsOf(props.nation, waiting).then(
      (found) => current && setDocuments(found),
      () => current && setDocuments('wrong'),
    );
    return () => {
      current = false;
    };
  }, [props.nation, wording]);
  const gone = launchId !== undefined && waiting === undefined;
  useEffect(() => {
    if (gone) close.current?.focus();
  }, [gone]);
  const mine = waiting?.signed.some((s) => s.person === person?.person) ?? false;
  const sign = async (): Promise<void> => {
    if (!waiting || !person || busy || !Array.isArray(documents)) return;
    setBusy(true);
    setChanged(false);
    setOutcome(await props.onSign(waiting.launchId, documents));
    setBusy(false);
  };
  const languages = [language, ...LANGUAGES.filter((l) => l !== language)];
  return (
    <Modal
      open={launchId !== undefined}
      onClose={props.onClose}
      class="help approval"
      titleId="approval-title"
      onKeyDown={(e) => {
        if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey) || e.repeat) return;
        e.preventDefault();
        void sign();
      }}
    >
      <header>
        <h2 id="approval-title" ref={heading} tabIndex={-1}>
          {t.office.dialogTitle(t.nation[props.nation])}
        </h2>
        {waiting && <Waited waiting={waiting} />}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is signed must be readable to its end by keyboard */}
      <div class="approval-text" tabIndex={0}>
        {!waiting && <p>{t.office.gone}</p>}
        {waiting?.messages.map((m, i) => (
          <article key={m.identifier} class="warning" data-type={m.messageType}>
            <header>
              <span class="tag">{typeName(m, t)}</span>
              <span class="warning-stage">{t.warnings.stage[m.stage]}</span>
              <span class="evidence">{t.warnings.evidence[m.evidence]}</span>
              {m.cancelReason && <span class="reason">{t.warnings.cancelReason[m.cancelReason]}</span>}
              <span class="sent">{t.office.written(clockTime(waiting.writtenUs, zone))}</span>
            </header>
            <ul class="areas" aria-label={t.warnings.areas(String(m.areas.length))}>
              {[...m.areas]
                .sort((a, b) => Number(a.neighbour) - Number(b.neighbour) || a.atUs - b.atUs)
                .map((a) => (
                  <li key={a.code} data-urgency="soon" data-neighbour={a.neighbour ? 'yes' : 'no'}>
                    <span class="area-name">{props.regionName(a.code)?.[language] ?? a.code}</span>
                    <span class="area-when">
                      {t.warnings[a.threat]} {clockTime(a.atUs, zone, false)} ·{' '}
                      {a.neighbour ? t.warnings.neighbour : `${number(100 * a.probability, language)} %`}
                    </span>
                  </li>
                ))}
            </ul>
            <div class="columns">
              {Array.isArray(documents) &&
                documents[i] &&
                languages.map((l) => (
                  <section key={l} lang={l} class="text">
                    <h3>{documents[i].texts[l].headline}</h3>
                    <p>{documents[i].texts[l].description}</p>
                    <p class="instruction">{documents[i].texts[l].instruction}</p>
                  </section>
                ))}
            </div>
          </article>
        ))}
      </div>
      {waiting && (
        <p class="note">
          {t.office.goesTo(
            waiting.channels.map((c) => channelName(c, t)).join(language === 'ja' ? '、' : ', '),
          )}
        </p>
      )}
      {waiting && <Signatures waiting={waiting} zone={zone} />}
      <p
        class="refusal"
        role="alert"
        data-kind={outcome?.kind ?? (documents === 'wrong' ? 'refused' : changed ? 'changed' : 'none')}
      >
        {outcome
          ? outcomeText(outcome, text)
          : documents === 'wrong'
            ? t.office.notTheDocument
            : changed
              ? t.office.changed
              : ''}
      </p>
      <div class="button-row">
        {waiting && !person && (
          <button type="button" class="primary" onClick={props.onSignIn}>
            {t.office.signIn}
          </button>
        )}
        {waiting && person && (
          <button
            type="button"
            class="danger"
            disabled={busy || waiting.locked || !Array.isArray(documents)}
            aria-keyshortcuts="Control+Enter"
            onClick={() => void sign()}
          >
            {busy ? t.office.signing : t.office.sign(person.person)}
          </button>
        )}
        <button type="button" ref={close} onClick={props.onClose}>
          {t.close}
        </button>
        <span class="note">
          {!waiting
            ? ''
            : !person
              ? t.office.signInFirst
              : mine
                ? t.office.alreadyYou(person.person)
                : t.office.keys}
        </span>
      </div>
    </Modal>
  );
}

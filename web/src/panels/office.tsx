/** The warning office on the page: who sits at this desk, what waits for two people, and the question before an alert is taken back. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AwaitingView, Nation, OfficeView, Trilingual } from '../../../src/node/wire.ts';
import { clockTime, duration, number, type Zone } from '../i18n/format.ts';
import { LANGUAGES, type Text, useText } from '../i18n/index.tsx';
import { type SignedIn, type SignInProblem, signIn } from '../office/credential.ts';
import type { Outcome } from '../office/requests.ts';
import { useExerciseNow } from '../time/use-time.ts';
import { channelName, typeName } from './words.ts';

type RegionName = (code: string) => Trilingual | undefined;

export function roleName(role: string, { t }: Text): string {
  return t.office.role[role as keyof typeof t.office.role] ?? role;
}

/** What an answer of the office says to the person who asked. */
export function outcomeText(outcome: Outcome, { t }: Text): string {
  const { done, refused } = t.office;
  if (outcome.kind === 'refused') return refused[outcome.reason] ?? outcome.reason;
  if (outcome.kind === 'failed') return done.failed(outcome.detail);
  if (outcome.kind === 'retracted') return done.retracted(outcome.person);
  return (outcome.missing > 0 ? done.first : done.sent)(outcome.person);
}

/** A modal dialog that opens and closes with a property; Escape closes it. */
function Modal(props: {
  open: boolean;
  onClose(): void;
  class: string;
  titleId: string;
  children: preact.ComponentChildren;
  onKeyDown?(event: KeyboardEvent): void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (props.open && !dialog.current?.open) dialog.current?.showModal();
    else if (!props.open) dialog.current?.close();
  }, [props.open]);
  return (
    <dialog
      ref={dialog}
      class={props.class}
      aria-labelledby={props.titleId}
      onClose={props.onClose}
      onKeyDown={props.onKeyDown}
    >
      {props.open && props.children}
    </dialog>
  );
}

export function SignInDialog(props: {
  open: boolean;
  nation: Nation;
  office: OfficeView | undefined;
  onClose(): void;
  onSignedIn(person: SignedIn): void;
}) {
  const { t } = useText();
  const [problem, setProblem] = useState<SignInProblem | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!props.open) return;
    setProblem(undefined);
    field.current?.focus();
  }, [props.open]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!field.current || !props.office) return;
    const found = await signIn(field.current.value, props.nation, props.office);
    if (typeof found === 'string') {
      setProblem(found);
      field.current.focus();
      return;
    }
    // The code does not stay in the page.
    field.current.value = '';
    props.onSignedIn(found);
  };
  return (
    <Modal open={props.open} onClose={props.onClose} class="help sign-in" titleId="sign-in-title">
      <form onSubmit={(e) => void submit(e)}>
        <header>
          <h2 id="sign-in-title">{t.office.signInTitle(t.nation[props.nation])}</h2>
        </header>
        <p class="note" id="sign-in-hint">
          {t.office.signInHint}
        </p>
        <label for="sign-in-code">{t.office.code}</label>
        <input
          ref={field}
          id="sign-in-code"
          type="password"
          autoComplete="off"
          spellcheck={false}
          aria-describedby="sign-in-hint sign-in-problem"
          aria-invalid={problem !== undefined}
        />
        <p id="sign-in-problem" class="refusal" role="alert">
          {problem && t.office.problem[problem]}
        </p>
        <div class="button-row">
          <button type="submit" class="primary">
            {t.office.signIn}
          </button>
          <button type="button" onClick={props.onClose}>
            {t.close}
          </button>
        </div>
      </form>
    </Modal>
  );
}

/** Who sits at this desk. */
export function Desk(props: { person: SignedIn | undefined; onSignIn(): void; onSignOut(): void }) {
  const text = useText();
  const { t } = text;
  const { person } = props;
  return (
    <div class="desk">
      <span>
        {person ? t.office.signedInAs(person.person, roleName(person.role, text)) : t.office.nobody}
      </span>
      <button
        type="button"
        class="link"
        aria-keyshortcuts={person ? undefined : 'I'}
        onClick={person ? props.onSignOut : props.onSignIn}
      >
        {person ? t.office.signOut : t.office.signIn}
        {!person && (
          <span class="key-mark" aria-hidden="true">
            I
          </span>
        )}
      </button>
    </div>
  );
}

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

/** Read, then sign: texts in three languages, areas, channels, who has signed. Control + Enter signs. */
export function ApprovalDialog(props: {
  nation: Nation;
  /** The launch whose messages are read; undefined: closed. */
  launchId: string | undefined;
  awaiting: readonly AwaitingView[];
  person: SignedIn | undefined;
  zone: Zone;
  regionName: RegionName;
  onSign(waiting: AwaitingView): Promise<Outcome>;
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
  const gone = launchId !== undefined && waiting === undefined;
  useEffect(() => {
    if (gone) close.current?.focus();
  }, [gone]);
  const mine = waiting?.signed.some((s) => s.person === person?.person) ?? false;
  const sign = async (): Promise<void> => {
    if (!waiting || !person || busy) return;
    setBusy(true);
    setChanged(false);
    setOutcome(await props.onSign(waiting));
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
        {waiting?.messages.map((m) => (
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
              {languages.map((l) => (
                <section key={l} lang={l} class="text">
                  <h3>{m.headline[l]}</h3>
                  <p>{m.description[l]}</p>
                  <p class="instruction">{m.instruction[l]}</p>
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
      <p class="refusal" role="alert" data-kind={outcome?.kind ?? (changed ? 'changed' : 'none')}>
        {outcome ? outcomeText(outcome, text) : changed ? t.office.changed : ''}
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
            disabled={busy || waiting.locked}
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

/** Who sits at this desk of the warning office, and what the office answers. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Nation, OfficeView } from '../../../src/node/wire.ts';
import { type Text, useText } from '../i18n/index.tsx';
import { type SignedIn, type SignInProblem, signIn } from '../office/credential.ts';
import type { Outcome } from '../office/requests.ts';
import { Modal } from './modal.tsx';

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

import { useEffect, useRef } from 'preact/hooks';
import type { ExerciseHello } from '../../../src/node/wire.ts';
import { useText } from '../i18n/index.tsx';

interface Props {
  open: boolean;
  onClose(): void;
  shortcuts: boolean;
  onShortcuts(on: boolean): void;
  hello: ExerciseHello | undefined;
}

/** Keys, and what this exercise is and assumes. */
export function Help({ open, onClose, shortcuts, onShortcuts, hello }: Props) {
  const { t } = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    else if (!open) dialog.current?.close();
  }, [open]);
  const keys: [string, string][] = [
    ['1 2 3', t.keys.nation],
    ['Space', t.keys.playPause],
    ['+ −', t.keys.speed],
    ['R', t.keys.restart],
    ['← ↑ ↓ →', t.keys.rotate],
    ['Z X', t.keys.zoom],
    ['F', t.keys.follow],
    ['0', t.keys.whole],
    ['A', t.keys.approve],
    ['C', t.keys.retract],
    ['I', t.keys.signIn],
    ['?', t.keys.help],
  ];
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <header>
        <h2 id="help-title">{t.helpTitle}</h2>
        <button type="button" onClick={onClose}>
          {t.close}
        </button>
      </header>
      <dl class="keys">
        {keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((k) => (
                <kbd key={k}>{k}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={shortcuts} onChange={(e) => onShortcuts(e.currentTarget.checked)} />
        {t.shortcutsOn}
      </label>
      {hello && <ExerciseSummary hello={hello} />}
    </dialog>
  );
}

/** What this exercise is, where its facts come from, and what it assumes. */
export function ExerciseSummary({ hello }: { hello: ExerciseHello }) {
  const { t, language } = useText();
  return (
    <div class="exercise-summary">
      <h2>{t.exercise.about}</h2>
      <p>
        <strong>{hello.scenario.title[language]}</strong>
      </p>
      <p>{hello.scenario.summary[language]}</p>
      <p class="note">
        {t.exercise.source}: {hello.scenario.source}
      </p>
      <h3>{t.exercise.assumptions}</h3>
      <ul>
        {hello.scenario.assumptions.map((a) => (
          <li key={a.en}>{a[language]}</li>
        ))}
      </ul>
      <h3>
        {t.exercise.agreements} · {t.exercise.asOf(hello.asOf)}
      </h3>
      <ul>
        {hello.agreements.map((a) => (
          <li key={a.id}>
            {a.title[language]} ({t.exercise.state[a.state as keyof typeof t.exercise.state] ?? a.state},{' '}
            {a.route === 'direct'
              ? t.exercise.route.direct
              : a.route.startsWith('hub')
                ? t.exercise.route.hub
                : a.route}
            )
          </li>
        ))}
      </ul>
    </div>
  );
}

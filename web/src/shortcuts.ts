/** Single keys for what is done often. They can be turned off (WCAG 2.1.4), and never act while text is entered. */
export interface ShortcutActions {
  nation(index: number): void;
  playPause(): void;
  restart(): void;
  faster(step: 1 | -1): void;
  zoom(factor: number): void;
  follow(): void;
  whole(): void;
  approve(): void;
  retract(): void;
  signIn(): void;
  help(): void;
}

/** Does what a key asks for; false if the key means nothing here. */
export function runShortcut(key: string, actions: ShortcutActions): boolean {
  switch (key) {
    case '1':
    case '2':
    case '3':
      actions.nation(Number(key) - 1);
      return true;
    case ' ':
      actions.playPause();
      return true;
    case 'r':
    case 'R':
      actions.restart();
      return true;
    case '+':
    case '=':
      actions.faster(1);
      return true;
    case '-':
      actions.faster(-1);
      return true;
    case 'z':
    case 'Z':
      actions.zoom(1.5);
      return true;
    case 'x':
    case 'X':
      actions.zoom(1 / 1.5);
      return true;
    case 'f':
    case 'F':
      actions.follow();
      return true;
    case '0':
      actions.whole();
      return true;
    case 'a':
    case 'A':
      actions.approve();
      return true;
    case 'c':
    case 'C':
      actions.retract();
      return true;
    case 'i':
    case 'I':
      actions.signIn();
      return true;
    case '?':
      actions.help();
      return true;
    default:
      return false;
  }
}

export function attachShortcuts(actions: ShortcutActions, enabled: () => boolean): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !enabled()) return;
    const target = event.target as HTMLElement;
    if (target.closest('select, textarea, dialog[open], input:not([type=checkbox])')) return;
    // The space bar presses the button that has the focus.
    if (event.key === ' ' && target.closest('button, summary, input, a')) return;
    if (runShortcut(event.key, actions)) event.preventDefault();
  };
  addEventListener('keydown', listener);
  return () => removeEventListener('keydown', listener);
}

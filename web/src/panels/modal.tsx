/** A modal dialog of the page. */
import { useLayoutEffect, useRef } from 'preact/hooks';

/** A modal dialog that opens and closes with a property; Escape closes it. */
export function Modal(props: {
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

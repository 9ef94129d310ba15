import { Dialog } from '@jupyterlab/apputils';

/**
 * A dialog with buttons and lists in its body, which Enter presses as everywhere else, instead of ending the dialog.
 *
 * What the server says of the body comes after the key that led to it: `validate` looks again.
 */
export class FormDialog<T> extends Dialog<T> {
  validate(): void {
    this._checkValidation();
  }

  protected override _evtKeydown(event: KeyboardEvent): void {
    const { target } = event;
    const isButton = target instanceof HTMLButtonElement && target.closest('.jp-Dialog-body') !== null;
    if (!(event.key === 'Enter' && isButton)) {
      super._evtKeydown(event);
    }
  }
}

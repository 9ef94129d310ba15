import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { JSX } from 'react';

/**
 * A dialog with buttons and lists in its body, which Enter presses as everywhere else, instead of ending the dialog.
 *
 * What the server says of the body comes after the key that led to it: `validate` looks again.
 */
class FormDialog<T> extends Dialog<T> {
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

export interface FormOptions<Value> {
  readonly title: string;
  /** Of the button that takes what the form says. */
  readonly action: string;
  /** What has the cursor at first. */
  readonly focus: string;
  /** What the form says as it is opened; `null`: nothing that can be taken. */
  readonly initial: Value | null;
  /** The form, which tells what it says: `null` while that cannot be taken. */
  readonly render: (tell: (value: Value | null) => void) => JSX.Element;
}

/** Resolves to what the form says; `null`: the user thought better of it. */
export async function askForm<Value>(options: FormOptions<Value>): Promise<Value | null> {
  const body = new FormBody(options);
  const dialog = new FormDialog({
    title: options.title,
    body,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: options.action })],
    focusNodeSelector: options.focus
  });
  dialog.addClass('jp-dataops-tagDialog');
  body.changed.connect(() => dialog.validate());
  const { button, value } = await dialog.launch();
  return button.accept ? value : null;
}

class FormBody<Value> extends ReactWidget implements Dialog.IBodyWidget<Value | null> {
  constructor(private readonly options: FormOptions<Value>) {
    super();
    this.addClass('jp-dataops-tagDialog-body');
    this.value = options.initial;
  }

  readonly changed = new Signal<this, void>(this);

  getValue(): Value | null {
    return this.value;
  }

  protected override render(): JSX.Element {
    return this.options.render(this.tell);
  }

  private readonly tell = (value: Value | null): void => {
    this.value = value;
    // No answer yet, or no good one: the dialog takes neither.
    this.toggleClass('jp-mod-error', value === null);
    this.changed.emit();
  };

  private value: Value | null;
}

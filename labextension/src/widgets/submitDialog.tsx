import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { JSX } from 'react';
import type { Refusal } from '../api/wire.generated';
import { isAbort, refusalOf } from '../model/refusals';
import { FormDialog } from './formDialog';

export interface SubmitOptions<Value, Result> {
  readonly title: string;
  /** Of the button that sends what the form says. */
  readonly action: string;
  /** What has the cursor at first. */
  readonly focus: string;
  /** The form: it tells what it says, `null` while that cannot be taken, and shows why it was refused. */
  readonly render: (tell: (value: Value | null) => void, refusal: Refusal | null) => JSX.Element;
  /** Sends it; rejects with what is wrong with it. */
  readonly submit: (value: Value) => Promise<Result>;
}

/** A form that stays until what it says has been taken. Resolves to the answer; `null`: the user thought better of it. */
export async function submitForm<Value, Result>(options: SubmitOptions<Value, Result>): Promise<Result | null> {
  const body = new SubmitBody(options);
  const dialog = new SubmitDialog(body, options);
  dialog.addClass('jp-dataops-formDialog');
  body.changed.connect(() => dialog.validate());
  const { button } = await dialog.launch();
  return button.accept ? dialog.result : null;
}

class SubmitDialog<Value, Result> extends FormDialog<Value | null> {
  constructor(
    private readonly body: SubmitBody<Value, Result>,
    private readonly options: SubmitOptions<Value, Result>
  ) {
    super({
      title: options.title,
      body,
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: options.action })],
      focusNodeSelector: options.focus
    });
  }

  result: Result | null = null;

  override resolve(index: number = ACCEPT): void {
    const value = this.body.getValue();
    if (index !== ACCEPT) {
      super.resolve(index);
    } else if (value !== null && !this.isBusy) {
      void this.send(value);
    }
  }

  private async send(value: Value): Promise<void> {
    this.isBusy = true;
    this.body.showState(true, null);
    try {
      this.result = await this.options.submit(value);
      // A dialog that something is wrong with does not end.
      this.body.showState(false, null);
      super.resolve(ACCEPT);
    } catch (error) {
      this.body.showState(false, isAbort(error) ? null : refusalOf(error));
    } finally {
      this.isBusy = false;
    }
  }

  private isBusy = false;
}

/** Behind the button that takes nothing back. */
const ACCEPT = 1;

class SubmitBody<Value, Result> extends ReactWidget implements Dialog.IBodyWidget<Value | null> {
  constructor(private readonly options: SubmitOptions<Value, Result>) {
    super();
    this.addClass('jp-dataops-formDialog-body');
  }

  readonly changed = new Signal<this, void>(this);

  getValue(): Value | null {
    return this.value;
  }

  /** Whether it is on its way; why it was refused. */
  showState(isBusy: boolean, refusal: Refusal | null): void {
    this.isBusy = isBusy;
    this.refusal = refusal;
    this.update();
    this.judge();
  }

  protected override render(): JSX.Element {
    return this.options.render(this.tell, this.refusal);
  }

  private readonly tell = (value: Value | null): void => {
    this.value = value;
    this.judge();
  };

  private judge(): void {
    // No answer yet, or no good one: the dialog takes neither.
    this.toggleClass('jp-mod-error', this.value === null || this.isBusy);
    this.changed.emit();
  }

  private value: Value | null = null;
  private isBusy = false;
  private refusal: Refusal | null = null;
}

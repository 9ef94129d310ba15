import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { JSX } from 'react';
import { type Proposal, ProposalList } from '../components/tags/ProposalList';
import { FormDialog } from './formDialog';

/** Resolves to the proposals that are wanted; empty: none, or the user thought better of it. */
export async function askProposals(
  trans: TranslationBundle,
  proposals: readonly Proposal[]
): Promise<readonly Proposal[]> {
  const body = new ProposalBody(trans, proposals);
  const dialog = new FormDialog({
    title: trans.__('Tag this notebook'),
    body,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Apply') })],
    focusNodeSelector: 'input'
  });
  dialog.addClass('jp-dataops-tagDialog');
  body.changed.connect(() => dialog.validate());
  const { button, value } = await dialog.launch();
  return button.accept ? (value ?? []) : [];
}

class ProposalBody extends ReactWidget implements Dialog.IBodyWidget<readonly Proposal[]> {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly proposals: readonly Proposal[]
  ) {
    super();
    this.addClass('jp-dataops-tagDialog-body');
    this.chosen = proposals;
  }

  readonly changed = new Signal<this, void>(this);

  getValue(): readonly Proposal[] {
    return this.chosen;
  }

  protected override render(): JSX.Element {
    return <ProposalList texts={this.trans} proposals={this.proposals} onChosen={this.onChosen} />;
  }

  private readonly onChosen = (chosen: readonly Proposal[]): void => {
    this.chosen = chosen;
    this.toggleClass('jp-mod-error', chosen.length === 0);
    this.changed.emit();
  };

  private chosen: readonly Proposal[];
}

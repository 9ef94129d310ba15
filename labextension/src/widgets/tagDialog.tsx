import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { JSX } from 'react';
import type { Grammar, TagView } from '../api/wire.generated';
import { type Suggestions, TagEditor } from '../components/tags/TagEditor';
import type { Spell } from '../components/tags/useSpelling';
import { FormDialog } from './formDialog';

/** What the form of tags needs. */
export interface TagDialogOptions {
  trans: TranslationBundle;
  grammar: Grammar;
  tags: readonly TagView[];
  suggestions: Suggestions;
  spell: Spell;
}

/** Resolves to the tags that a cell should have; `null`: as they are. */
export async function askTags(options: TagDialogOptions): Promise<readonly string[] | null> {
  const { trans } = options;
  const body = new TagDialogBody(options);
  const dialog = new FormDialog({
    title: trans.__('Data pipeline: tags of this cell'),
    body,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Apply') })],
    focusNodeSelector: 'select'
  });
  dialog.addClass('jp-dataops-tagDialog');
  body.changed.connect(() => dialog.validate());
  const { button, value } = await dialog.launch();
  return button.accept ? value : null;
}

class TagDialogBody extends ReactWidget implements Dialog.IBodyWidget<readonly string[] | null> {
  constructor(private readonly options: TagDialogOptions) {
    super();
    this.addClass('jp-dataops-tagDialog-body');
  }

  readonly changed = new Signal<this, void>(this);

  getValue(): readonly string[] | null {
    return this.tags;
  }

  protected override render(): JSX.Element {
    const { trans, ...rest } = this.options;
    return <TagEditor {...rest} texts={trans} isReadOnly={false} onTags={this.onTags} />;
  }

  private readonly onTags = (tags: readonly string[] | null): void => {
    this.tags = tags;
    // No answer yet, or no good one: the dialog takes neither.
    this.toggleClass('jp-mod-error', tags === null);
    this.changed.emit();
  };

  private tags: readonly string[] | null = null;
}

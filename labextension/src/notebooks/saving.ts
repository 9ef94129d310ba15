import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Settings } from '../model/settings';

/** What is on the screen is on disk. Rejects where it cannot be: a run would take something else than what is shown. */
export async function save({ context }: NotebookPanel, trans: TranslationBundle): Promise<void> {
  const { model } = context;
  if (!model.dirty && !model.collaborative) {
    return;
  }
  if (context.contentsModel?.writable === false) {
    throw new Error(trans.__('%1 cannot be written, so a run would not see your changes.', context.localPath));
  }
  await context.save();
  if (model.dirty) {
    throw new Error(trans.__('%1 was not saved.', context.localPath));
  }
}

/** As the user has chosen it; resolves to whether to go on. */
export async function saveBeforeRun(
  panel: NotebookPanel,
  choice: Settings['saveBeforeRun'],
  trans: TranslationBundle
): Promise<boolean> {
  if (choice === 'never') {
    return true;
  }
  if (choice === 'ask' && panel.context.model.dirty) {
    const saving = Dialog.okButton({ label: trans.__('Save and Run') });
    const { button } = await showDialog({
      title: trans.__('Save %1 before the run?', panel.context.localPath),
      body: trans.__('A run takes the notebook as it is saved, without the changes since.'),
      buttons: [Dialog.cancelButton(), Dialog.createButton({ label: trans.__('Run What Was Saved') }), saving]
    });
    if (button.label !== saving.label) {
      return button.accept;
    }
  }
  await save(panel, trans);
  return true;
}

/** As above; rejects with `AbortError`, which nobody is told of, where the user thought better of it. */
export async function saveOrAbort(...about: Parameters<typeof saveBeforeRun>): Promise<void> {
  if (!(await saveBeforeRun(...about))) {
    throw new DOMException('The run was not started.', 'AbortError');
  }
}

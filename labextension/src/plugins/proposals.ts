import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { OperationError } from '../api/client';
import type { Preview } from '../api/wire.generated';
import { CellCommands } from '../cellCommands';
import { sourceOf } from '../notebooks/source';
import { setTags } from '../notebooks/tagging';
import { IDataOps, PACKAGE } from '../tokens';
import { askProposals } from '../widgets/proposalDialog';

/** Tags for a notebook that has none, looked through before they are set. */
export const proposalsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:proposals`,
  description: 'Proposes tags that make a pipeline of a notebook.',
  autoStart: true,
  requires: [IDataOps],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    app.commands.addCommand(CellCommands.tagNotebook, {
      label: trans.__('Tag This Notebook…'),
      caption: trans.__('Propose tags that make a data pipeline of the notebook'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => dataops.active?.isReadOnly === false,
      execute: async () => {
        try {
          await tagNotebook(dataops, trans);
        } catch (error) {
          const { hint } = error instanceof OperationError ? error.refusal : { hint: '' };
          Notification.error(`${error instanceof Error ? error.message : String(error)} ${hint}`.trim());
        }
      }
    });
    palette?.addItem({ command: CellCommands.tagNotebook, category: trans.__('Data Pipeline') });
  }
};

async function tagNotebook(dataops: IDataOps, trans: TranslationBundle): Promise<void> {
  const { active: pipeline, activePanel: panel } = dataops;
  const model = panel?.content.model;
  if (!pipeline || !model) {
    return;
  }
  const { changes } = await dataops.client.call('propose_tags', sourceOf(pipeline.path, model));
  if (changes.length === 0) {
    await showDialog({
      title: trans.__('Nothing to propose'),
      body: whyNothing(pipeline.preview, trans),
      buttons: [Dialog.okButton()]
    });
    return;
  }
  const sources = new Map(Array.from(model.cells, cell => [cell.id, cell.sharedModel.getSource()]));
  const proposals = changes.map(change => ({ ...change, source: sources.get(change.cell_id) ?? '' }));
  const chosen = await askProposals(trans, proposals);
  if (chosen.length > 0) {
    setTags(
      model,
      chosen.map(({ cell_id, after }) => ({ cell_id, tags: after }))
    );
    pipeline.refresh();
  }
}

function whyNothing(preview: Preview | null, trans: TranslationBundle): string {
  const isTagged = preview?.cells.some(cell => cell.tags.some(tag => tag.key !== null)) ?? false;
  return isTagged
    ? trans.__(
        'Cells of this notebook have tags of the pipeline already. Clear them first to get proposals for all of it.'
      )
    : trans.__('There is no code in this notebook yet.');
}

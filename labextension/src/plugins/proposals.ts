import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Preview } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { writeTags } from '../notebooks/cells';
import { sourceOf } from '../notebooks/source';
import { IDataOps, PACKAGE } from '../tokens';
import { addCommand } from '../widgets/command';
import { tagIcon } from '../widgets/icons';

/** Tags for a notebook that has none, looked through before they are set. */
export const proposalsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:proposals`,
  description: 'Proposes tags that make a pipeline of a notebook.',
  autoStart: true,
  requires: [IDataOps],
  optional: [ITranslator, ICommandPalette],
  activate: (
    { commands }: JupyterFrontEnd,
    dataops: IDataOps,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    addCommand(commands, palette, trans.__('Data pipelines'), {
      id: COMMANDS.tagNotebook,
      label: trans.__('Tag Notebook as Pipeline…'),
      caption: trans.__('Propose nodes for a notebook without tags: headings become nodes'),
      icon: tagIcon,
      args: { path: trans.__('Path of an open notebook; by default the active one') },
      whyNot: ({ path }) => {
        const panel = dataops.panelFor(path);
        if (panel === null) {
          return trans.__('No notebook is open, or it is still being read.');
        }
        return dataops.of(panel).isReadOnly ? trans.__('The notebook cannot be written.') : null;
      },
      execute: async ({ path }) => {
        const panel = dataops.panelFor(path);
        if (panel !== null) {
          await tagNotebook(dataops, panel, trans);
        }
      }
    });
    dataops.activeChanged.connect(() => commands.notifyCommandChanged(COMMANDS.tagNotebook));
  }
};

async function tagNotebook(dataops: IDataOps, panel: NotebookPanel, trans: TranslationBundle): Promise<void> {
  const pipeline = dataops.of(panel);
  const { model } = panel.context;
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
  // A dialog with React in it: loaded when somebody asks for it.
  const { askProposals } = await import('../widgets/proposalDialog');
  const chosen = await askProposals(trans, proposals);
  if (chosen.length > 0) {
    writeTags(
      panel,
      chosen.map(({ cell_id, after }) => ({ cell_id, tags: after }))
    );
    pipeline.refresh();
  }
}

function whyNothing(preview: Preview | null, trans: TranslationBundle): string {
  const isTagged = preview?.cells.some(cell => cell.tags.some(tag => tag.key !== null)) ?? false;
  return isTagged
    ? trans.__('Cells of this notebook have tags of the pipeline already. Clear them to get proposals for all of it.')
    : trans.__('There is no code in this notebook yet.');
}

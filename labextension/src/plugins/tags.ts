import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTools, INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Cell } from '@jupyterlab/cells';
import { COMMANDS } from '../commands';
import { activateCell } from '../notebooks/tagging';
import { TagEdits } from '../notebooks/tagEdits';
import { Tagger } from '../notebooks/tagger';
import { tellProblem } from '../widgets/telling';
import { ToolContent } from '../notebooks/toolContent';
import { IDataOps, PACKAGE } from '../tokens';
import { tagIcon } from '../widgets/icons';

/** Tags as a form, and the edits of them that need one click. */
export const tagsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:tags`,
  description: 'Edits the tags of cells: a form in a dialog and in the property inspector, and commands.',
  autoStart: true,
  requires: [IDataOps, INotebookTracker],
  optional: [ITranslator, ICommandPalette, INotebookTools],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    tools: INotebookTools | null
  ) => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const tagger = new Tagger(dataops);
    const edits = new TagEdits(dataops, tagger, trans).all();

    /** The cell below the pointer when its menu was opened: that a press there selects it is not always so. */
    const pointed = (args: ReadonlyPartialJSONObject): Cell | null => {
      const node = args['isContextMenu'] === true && app.contextMenuHitTest(one => one.classList.contains('jp-Cell'));
      return (node && dataops.activePanel?.content.widgets.find(cell => cell.node === node)) || null;
    };
    for (const { id, label, caption, isPossible, run } of edits) {
      commands.addCommand(id, {
        label: args => label(pointed(args)),
        caption,
        describedBy: {
          args: {
            type: 'object',
            properties: {
              isContextMenu: { type: 'boolean', description: trans.__('For the cell below the pointer') }
            }
          }
        },
        ...(id === COMMANDS.editTags ? { icon: tagIcon } : {}),
        isEnabled: args => {
          const cell = pointed(args);
          return tagger.canTag(cell) && isPossible(cell);
        },
        execute: async args => {
          try {
            const cell = pointed(args);
            if (cell !== null && dataops.activePanel !== null) {
              activateCell(dataops.activePanel.content, cell);
            }
            const tagged = await tagger.selected();
            if (tagged !== null) {
              await run(tagged);
            }
          } catch (error) {
            tellProblem(error);
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('Data pipelines') });
    }
    const notify = (): void => edits.forEach(({ id }) => commands.notifyCommandChanged(id));
    tracker.activeCellChanged.connect(notify);
    tracker.selectionChanged.connect(notify);
    dataops.activeChanged.connect(notify);

    if (tools !== null) {
      new ToolContent(dataops, tagger, trans).addTo(tools);
    }
  }
};

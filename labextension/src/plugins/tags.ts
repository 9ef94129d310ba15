import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTools, INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import type { Grammar } from '../api/wire.generated';
import { OperationError } from '../api/client';
import { CellCommands } from '../cellCommands';
import { namesIn, nodeAbove } from '../model/tagActions';
import { setTags } from '../notebooks/tagging';
import { type Tagged, Tagger } from '../notebooks/tagger';
import { IDataOps, PACKAGE } from '../tokens';
import { askNodeName } from '../widgets/nameDialog';
import { askTags } from '../widgets/tagDialog';
import { cellTagIcon } from '../widgets/tagIcon';
import { TagTool, type ToolSource, type ToolView } from '../widgets/tagTool';

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
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const tagger = new Tagger(dataops);
    addCommands(app, dataops, tagger, trans, palette);
    tracker.selectionChanged.connect(() => notify(app));
    tracker.activeCellChanged.connect(() => notify(app));
    if (tools !== null) {
      addTool(dataops, tagger, trans, tools);
    }
  }
};

function notify({ commands }: JupyterFrontEnd): void {
  commands.notifyCommandChanged(CellCommands.addCheck);
}

interface Edit {
  readonly command: string;
  readonly label: string | (() => string);
  readonly caption: string;
  readonly isPossible?: () => boolean;
  run(tagged: Tagged): Promise<void> | void;
}

function addCommands(
  app: JupyterFrontEnd,
  dataops: IDataOps,
  tagger: Tagger,
  trans: TranslationBundle,
  palette: ICommandPalette | null
): void {
  const checked = (): string | null => {
    const { active, activePanel } = dataops;
    const cell = activePanel?.content.activeCell?.model.id;
    return active?.preview && cell !== undefined ? nodeAbove(active.preview, cell) : null;
  };
  const edits: readonly Edit[] = [
    {
      command: CellCommands.editTags,
      label: trans.__('Edit Pipeline Tags…'),
      caption: trans.__('Edit what the cell is to the data pipeline'),
      run: tagged => editTags(tagger, tagged, trans)
    },
    {
      command: CellCommands.startNode,
      label: trans.__('Start Node Here…'),
      caption: trans.__('The selected cells begin a node of the data pipeline'),
      run: async tagged => {
        const { grammar, preview } = tagged;
        const name = await askNodeName({ trans, grammar, nodes: namesIn(preview).nodes, spell: tagger.spell });
        if (name !== null) {
          await tagger.startNode(tagged, name);
        }
      }
    },
    {
      command: CellCommands.makeSetup,
      label: trans.__('Make Setup'),
      caption: trans.__('The selected cells run first in every node'),
      run: tagged => tagger.setRole(tagged, 'setup')
    },
    {
      command: CellCommands.makeParameters,
      label: trans.__('Make Parameters'),
      caption: trans.__('The cell declares the parameters of the pipeline'),
      run: tagged => tagger.setRole({ ...tagged, cells: tagged.cells.slice(0, 1) }, 'parameters')
    },
    {
      command: CellCommands.addCheck,
      label: () => (checked() === null ? trans.__('Add Check') : trans.__('Add Check for “%1”', checked() ?? '')),
      caption: trans.__('A new cell below tests what the node made'),
      isPossible: () => checked() !== null,
      run: async tagged => {
        const node = checked();
        if (node !== null) {
          await tagger.addCheck(tagged, node);
        }
      }
    },
    {
      command: CellCommands.skipCells,
      label: trans.__('Remove from Pipeline (Skip)'),
      caption: trans.__('The selected cells never run in the pipeline'),
      run: tagged => tagger.setRole(tagged, 'skip')
    },
    {
      command: CellCommands.clearTags,
      label: trans.__('Clear Pipeline Tags'),
      caption: trans.__('The selected cells have no tags of the pipeline; other tags stay'),
      run: tagged => tagger.clear(tagged)
    }
  ];
  for (const { command, label, caption, isPossible, run } of edits) {
    app.commands.addCommand(command, {
      label,
      caption,
      describedBy: { args: { type: 'object', properties: {} } },
      ...(command === CellCommands.editTags ? { icon: cellTagIcon } : {}),
      isEnabled: () => tagger.canTag && (isPossible?.() ?? true),
      execute: async () => {
        try {
          const tagged = await tagger.selected();
          if (tagged !== null) {
            await run(tagged);
          }
        } catch (error) {
          Notification.error(toldOf(error));
        }
      }
    });
    palette?.addItem({ command, category: trans.__('Data Pipeline') });
  }
}

async function editTags(tagger: Tagger, tagged: Tagged, trans: TranslationBundle): Promise<void> {
  const { grammar, preview, panel } = tagged;
  const active = tagged.cells.find(({ id }) => id === panel.content.activeCell?.model.id) ?? tagged.cells[0];
  if (active !== undefined) {
    const suggestions = namesIn(preview);
    const tags = await askTags({ trans, grammar, tags: active.tags, suggestions, spell: tagger.spell });
    if (tags !== null) {
      tagger.write({ ...tagged, cells: [active] }, [tags]);
    }
  }
}

function addTool(dataops: IDataOps, tagger: Tagger, trans: TranslationBundle, tools: INotebookTools): void {
  let grammar: Grammar | null = null;
  let problem = '';
  const view = (): ToolView | null => {
    const { active, activePanel } = dataops;
    const id = activePanel?.content.activeCell?.model.id;
    const cell = active?.preview?.cells.find(one => one.id === id);
    if (grammar === null) {
      ask();
    }
    return active?.preview && cell !== undefined && cell.role !== 'text' && grammar !== null
      ? { cell, grammar, suggestions: namesIn(active.preview), isReadOnly: active.isReadOnly }
      : null;
  };
  const ask = (): void => {
    tagger.grammar().then(
      answer => {
        grammar = answer;
        tool.refresh();
      },
      (error: unknown) => {
        problem = toldOf(error);
      }
    );
  };
  const source: ToolSource = {
    view,
    reason: () => {
      const type = dataops.activePanel?.content.activeCell?.model.type;
      return type === 'code' ? problem : trans.__('Only code cells are part of a pipeline.');
    },
    spell: tagger.spell,
    write: (cellId, tags) => {
      const { active, activePanel } = dataops;
      const model = activePanel?.content.model;
      if (model && active?.isReadOnly === false) {
        setTags(model, [{ cell_id: cellId, tags: [...tags] }]);
        active.refresh();
      }
    }
  };
  const tool = new TagTool(trans, source);
  tools.addSection({ sectionName: PACKAGE, label: trans.__('Data Pipeline'), rank: 1 });
  tools.addItem({ tool, section: PACKAGE });
  let followed = dataops.active;
  const refresh = (): void => tool.refresh();
  const follow = (): void => {
    followed?.changed.disconnect(refresh);
    followed = dataops.active;
    followed?.changed.connect(refresh);
    refresh();
  };
  dataops.activeChanged.connect(follow);
  follow();
}

function toldOf(error: unknown): string {
  if (error instanceof OperationError) {
    return `${error.message} ${error.refusal.hint}`;
  }
  return error instanceof Error ? error.message : String(error);
}

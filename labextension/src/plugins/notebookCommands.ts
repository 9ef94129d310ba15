import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, searchIcon } from '@jupyterlab/ui-components';
import type { Preview } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { goToCell } from '../notebooks/cells';
import { addNotebookCommands } from '../notebooks/commands';
import { sourceOf } from '../notebooks/source';
import { hindranceText } from '../components/controls/words';
import { IDataOps, PACKAGE } from '../tokens';
import { chooseNode } from '../widgets/chooseNode';
import type { Arguments, CommandSpec } from '../widgets/command';

class NotebookCommands {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly dataops: IDataOps,
    private readonly trans: TranslationBundle
  ) {}

  specs(): CommandSpec[] {
    const { trans } = this;
    const path = trans.__('Path of an open notebook; by default the active one');
    return [
      {
        id: COMMANDS.goToNode,
        label: trans.__('Go to Node…'),
        caption: trans.__('Go to the first cell of a node'),
        icon: searchIcon,
        args: { path, node: trans.__('Name of the node; by default it is asked for') },
        whyNot: args => this.whyNot(args, true),
        execute: args => this.goToNode(args)
      },
      {
        id: COMMANDS.checkNotebook,
        label: trans.__('Check Notebook'),
        caption: trans.__('Look for problems that would keep the pipeline from running'),
        icon: checkIcon,
        args: { path },
        whyNot: args => this.whyNot(args),
        execute: args => this.check(args)
      }
    ];
  }

  private whyNot(args: Arguments, hasNodes = false): string | null {
    const panel = this.dataops.panelFor(args.path);
    if (panel === null) {
      return hindranceText('no_notebook', this.trans);
    }
    return hasNodes && this.dataops.of(panel).preview?.is_pipeline !== true
      ? hindranceText('no_nodes', this.trans)
      : null;
  }

  private async goToNode(args: Arguments): Promise<void> {
    const { trans } = this;
    const panel = this.dataops.panelFor(args.path);
    const nodes = panel === null ? [] : (this.dataops.of(panel).preview?.graph.nodes ?? []);
    const names = nodes.map(node => node.name);
    const name = args.node ?? (await chooseNode(trans.__('Go to Node'), trans.__('Go'), names, trans));
    const cell = nodes.find(node => node.name === name)?.cells[0];
    if (panel !== null && cell !== undefined) {
      this.app.shell.activateById(panel.id);
      await goToCell(panel, cell);
    }
  }

  private async check(args: Arguments): Promise<void> {
    const panel = this.dataops.panelFor(args.path);
    if (panel === null) {
      return;
    }
    const pipeline = this.dataops.of(panel);
    pipeline.refresh();
    const preview = await this.dataops.client.call('preview', sourceOf(pipeline.path, panel.context.model));
    this.tellChecked(preview, panel);
  }

  private tellChecked({ name, is_pipeline, diagnostics }: Preview, panel: NotebookPanel): void {
    const { trans } = this;
    const first = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
    if (first === undefined) {
      const text = is_pipeline ? trans.__('%1 has no problems', name) : trans.__('%1 has no nodes yet', name);
      Notification.emit(text, is_pipeline ? 'success' : 'info', { autoClose: 5000 });
      return;
    }
    const count = trans._n('%2 has %1 problem', '%2 has %1 problems', diagnostics.length, name);
    const { cell_id } = first;
    const actions: Notification.IAction[] =
      cell_id === null ? [] : [{ label: trans.__('Go to cell'), callback: () => void goToCell(panel, cell_id) }];
    const type = first.severity === 'error' ? 'error' : 'warning';
    Notification.emit(`${count}\n${first.code}: ${first.message}`, type, { autoClose: 10_000, actions });
  }
}

/** Commands about the notebook itself: its nodes and problems. */
export const notebookCommandsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:notebook-commands`,
  description: 'Commands to look at a notebook as a pipeline.',
  autoStart: true,
  requires: [IDataOps],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const specs = new NotebookCommands(app, dataops, trans).specs();
    addNotebookCommands(app.commands, palette, trans.__('Data pipelines'), dataops, specs);
  }
};

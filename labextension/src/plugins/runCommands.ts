import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { bugIcon, stopIcon } from '@jupyterlab/ui-components';
import type { RunRequest, RunSummary } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { type Action, hindrance } from '../model/controls';
import type { Actions } from '../notebooks/actions';
import { addNotebookCommands } from '../notebooks/commands';
import { hindranceText } from '../components/controls/words';
import { IDataOps, IDataOpsActions, IDataOpsSettings, PACKAGE } from '../tokens';
import { chooseNode } from '../widgets/chooseNode';
import type { Arguments, CommandSpec } from '../widgets/command';
import { pipelineIcon, retryIcon, runChangedIcon, runPipelineIcon } from '../widgets/icons';

/** What the commands of runs share. */
class RunCommands {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly dataops: IDataOps,
    private readonly actions: Actions,
    private readonly settings: IDataOpsSettings,
    private readonly trans: TranslationBundle
  ) {}

  specs(): CommandSpec[] {
    const { trans } = this;
    const path = trans.__('Path of an open notebook; by default the active one');
    const run_id = trans.__('Id of a run; by default the latest one of the active notebook');
    const node = trans.__('Name of a node; by default that of the active cell');
    return [
      {
        id: COMMANDS.runPipeline,
        label: trans.__('Run Pipeline'),
        caption: trans.__('Run all nodes of the notebook'),
        icon: runPipelineIcon,
        args: {
          path,
          parameters: trans.__('Values of parameters, by name'),
          select: trans.__('Which nodes, as on the command line: +train, clean+')
        },
        whyNot: args => this.whyNot('run', args),
        execute: ({ path: where, parameters = {}, select }) =>
          this.run(where, { parameters: { ...parameters }, select: select ?? null })
      },
      {
        id: COMMANDS.runChanged,
        label: trans.__('Run Changed Nodes'),
        caption: trans.__(
          'Run the nodes whose code, inputs or parameters have changed, and reuse the results of the others'
        ),
        icon: runChangedIcon,
        args: { path },
        whyNot: args => this.whyNot('run_changed', args),
        execute: ({ path: where }) => this.run(where, { changed: true })
      },
      {
        id: COMMANDS.runNode,
        label: trans.__('Run This Node'),
        caption: trans.__('Run the node of the active cell, on results that it already has'),
        icon: runPipelineIcon,
        args: { path, node },
        whyNot: args => this.whyNotNode(args),
        execute: args => this.run(args.path, { select: this.nodeFor(args) })
      },
      {
        id: COMMANDS.runFromNode,
        label: trans.__('Run From This Node'),
        caption: trans.__('Run the node of the active cell, and everything below it'),
        icon: runPipelineIcon,
        args: { path, node },
        whyNot: args => this.whyNotNode(args),
        execute: args => this.run(args.path, { select: `${this.nodeFor(args)}+` })
      },
      {
        id: COMMANDS.retryFailed,
        label: trans.__('Retry Failed Nodes'),
        caption: trans.__('Run again what failed in the latest run and what hangs below it, keeping everything else'),
        icon: retryIcon,
        args: { path, run_id },
        whyNot: args => this.whyNot('retry_failed', args),
        execute: async args => this.began(await this.actions.retry(await this.runFor(args)))
      },
      {
        id: COMMANDS.resumeRun,
        label: trans.__('Resume Crashed Run'),
        caption: trans.__('Go on with a run whose process was lost'),
        icon: pipelineIcon,
        args: { path, run_id },
        whyNot: args => this.whyNot('resume', args),
        execute: async args => this.actions.resume((await this.runFor(args)).run_id)
      },
      {
        id: COMMANDS.cancelRun,
        label: trans.__('Cancel Run'),
        caption: trans.__('Stop the run that is going on'),
        icon: stopIcon,
        args: { path, run_id },
        whyNot: args => this.whyNot('cancel', args),
        execute: async args => this.actions.cancel(await this.runFor(args))
      },
      {
        id: COMMANDS.openFailedNode,
        label: trans.__('Open Failed Node'),
        caption: trans.__('Bring the inputs of the node that failed into the kernel, and go to the line'),
        icon: bugIcon,
        args: { path, run_id, node: trans.__('Name of the node; by default one that failed') },
        whyNot: args => this.whyNotFailed(args),
        execute: args => this.openFailed(args)
      }
    ];
  }

  private whyNot(action: Action, args: Arguments): string | null {
    if (!this.dataops.mayRun) {
      return hindranceText('read_only', this.trans);
    }
    // A run that is named is looked up when the command is executed: the server says what cannot be done with it.
    if (args.run_id !== undefined) {
      return null;
    }
    const panel = this.dataops.panelFor(args.path);
    const pipeline = panel && this.dataops.of(panel);
    const reason = hindrance(action, {
      isReadOnly: false,
      connection: this.dataops.client.connection,
      preview: pipeline?.preview ?? null,
      hasFaults: false,
      isBusy: false,
      run: pipeline?.run?.run ?? null
    });
    return reason && hindranceText(reason, this.trans);
  }

  private nodeFor({ path, node }: Arguments): string {
    const panel = this.dataops.panelFor(path);
    const id = panel?.content.activeCell?.model.id;
    const cells = panel ? this.dataops.of(panel).preview?.cells : undefined;
    return node ?? cells?.find(cell => cell.id === id)?.node ?? '';
  }

  private whyNotNode(args: Arguments): string | null {
    const reason = this.whyNot('run', args);
    return reason ?? (this.nodeFor(args) === '' ? this.trans.__('The active cell belongs to no node.') : null);
  }

  private failedFor(args: Arguments): readonly string[] {
    const panel = this.dataops.panelFor(args.path);
    return (panel && this.dataops.of(panel).run?.run.failed) ?? [];
  }

  private whyNotFailed(args: Arguments): string | null {
    if (this.dataops.mayRun && (args.run_id !== undefined || this.failedFor(args).length > 0)) {
      return null;
    }
    return this.whyNot('retry_failed', args) ?? hindranceText('nothing_failed', this.trans);
  }

  private async runFor(args: Arguments): Promise<RunSummary> {
    const panel = this.dataops.panelFor(args.path);
    const latest = (panel && this.dataops.of(panel).run?.run) ?? null;
    if (latest !== null && (args.run_id === undefined || args.run_id === latest.run_id)) {
      return latest;
    }
    return (await this.dataops.client.call('get_run', { run_id: args.run_id ?? 'last' })).run;
  }

  private async run(path: string | undefined, request: Partial<RunRequest>): Promise<unknown> {
    const panel = this.dataops.panelFor(path);
    return panel && this.began(await this.actions.run(panel, request));
  }

  private began(run: RunSummary | null): { run_id: string } | null {
    if (run === null) {
      return null;
    }
    if (this.settings.current.showPanelOnRun) {
      void this.app.commands.execute(COMMANDS.showPanel, { run_id: run.run_id, focus: false });
    }
    return { run_id: run.run_id };
  }

  private async openFailed(args: Arguments): Promise<void> {
    const run = await this.runFor(args);
    const node = args.node ?? (await this.choose(run.failed));
    if (node !== null) {
      await this.actions.openFailedNode(run.run_id, node);
    }
  }

  private async choose(failed: readonly string[]): Promise<string | null> {
    const { trans } = this;
    return failed.length > 1
      ? chooseNode(trans.__('Open Failed Node'), trans.__('Open'), failed, trans)
      : (failed[0] ?? null);
  }
}

/** Commands that run, retry and cancel. */
export const runCommandsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:run-commands`,
  description: 'Commands to run pipelines.',
  autoStart: true,
  requires: [IDataOps, IDataOpsActions, IDataOpsSettings],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    dataops: IDataOps,
    actions: Actions,
    settings: IDataOpsSettings,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter_dataops');
    const commands = new RunCommands(app, dataops, actions, settings, trans);
    addNotebookCommands(app.commands, palette, trans.__('Data pipelines'), dataops, commands.specs());
  }
};

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { ScheduleView } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { hindranceText } from '../components/controls/words';
import { formatUntil } from '../model/moments';
import { type Field, fieldOf } from '../model/parameters';
import { freeName } from '../model/schedules';
import { triggerWords } from '../model/triggerWords';
import { addNotebookCommands } from '../notebooks/commands';
import { save } from '../notebooks/saving';
import { attempt } from '../widgets/telling';
import { IDataOps, PACKAGE } from '../tokens';
import { addCommand, type Arguments, type CommandSpec } from '../widgets/command';
import { scheduleIcon } from '../widgets/icons';

/** What the commands of schedules share. */
class ScheduleCommands {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly dataops: IDataOps,
    private readonly trans: TranslationBundle
  ) {}

  get scheduling(): CommandSpec {
    const { trans } = this;
    return {
      id: COMMANDS.scheduleNotebook,
      label: trans.__('Schedule This Notebook…'),
      caption: trans.__('Run the notebook again and again: at times, or when something happens'),
      icon: scheduleIcon,
      args: { path: trans.__('Path of an open notebook; by default the active one') },
      whyNot: args => this.whyNotSchedule(args),
      execute: args => this.schedule(args)
    };
  }

  get editing(): CommandSpec {
    const { trans } = this;
    return {
      id: COMMANDS.editSchedule,
      label: trans.__('Edit Schedule…'),
      caption: trans.__('Change a schedule, from now on'),
      icon: scheduleIcon,
      args: { schedule: trans.__('Name of the schedule') },
      whyNot: args => (args.schedule === undefined ? trans.__('Say which schedule.') : this.mayNot()),
      execute: ({ schedule = '' }) => this.edit(schedule)
    };
  }

  private mayNot(): string | null {
    return this.dataops.mayRun && this.dataops.mayWrite
      ? null
      : this.trans.__('You may look at schedules here, but not add or change them.');
  }

  private whyNotSchedule({ path }: Arguments): string | null {
    const panel = this.dataops.panelFor(path);
    if (panel === null) {
      return hindranceText('no_notebook', this.trans);
    }
    const isPipeline = this.dataops.of(panel).preview?.is_pipeline === true;
    return this.mayNot() ?? (isPipeline ? null : hindranceText('no_nodes', this.trans));
  }

  private async schedule({ path: wanted }: Arguments): Promise<unknown> {
    const { dataops, trans } = this;
    const panel = dataops.panelFor(wanted);
    if (panel === null) {
      return null;
    }
    // What runs later is what is on disk.
    await save(panel, trans);
    const { path } = dataops.of(panel);
    const [{ parameters, name }, { schedules }, { environments }] = await Promise.all([
      dataops.client.call('preview', { path }),
      dataops.client.call('list_schedules', { fires: 0, next: 0 }),
      dataops.client.call('list_deployments', { path })
    ]);
    // A dialog with React in it: loaded when somebody asks for it.
    const { askNewSchedule } = await import('../widgets/scheduleDialog');
    const made = await askNewSchedule({
      client: dataops.client,
      trans,
      path,
      name: freeName(name, schedules),
      fields: parameters.map(fieldOf),
      environments
    });
    if (made === null) {
      return null;
    }
    this.tell(trans.__('%1 is scheduled', made.name), made);
    return { schedule: made.name };
  }

  private async edit(name: string): Promise<unknown> {
    const { client } = this.dataops;
    const { schedule } = await client.call('get_schedule', { schedule: name, fires: 0, next: 0 });
    const { environments } = await client.call('list_deployments', { path: schedule.path });
    const fields = await this.fieldsAt(schedule.path);
    const { askScheduleChange } = await import('../widgets/scheduleDialog');
    const changed = await askScheduleChange({ client, trans: this.trans, schedule, fields, environments });
    if (changed === null) {
      return null;
    }
    this.tell(this.trans.__('%1 was changed', changed.name), changed);
    return { schedule: changed.name };
  }

  /** Parameters of a notebook as it is saved; none, where it cannot be read. */
  private async fieldsAt(path: string | null): Promise<readonly Field[]> {
    if (path === null) {
      return [];
    }
    try {
      return (await this.dataops.client.call('preview', { path })).parameters.map(fieldOf);
    } catch {
      // The schedule can be changed all the same: it knows its parameters by their names.
      return [];
    }
  }

  private tell(title: string, { name, trigger, told, next_at }: ScheduleView): void {
    const { trans } = this;
    const next = next_at === null ? '' : trans.__('Next %1.', formatUntil(next_at, Date.now(), trans));
    const show = () => attempt(this.app.commands.execute(COMMANDS.showSchedules, { schedule: name }));
    Notification.emit(`${title}\n${triggerWords(trigger, told, trans)}. ${next}`.trim(), 'success', {
      autoClose: 8000,
      actions: [{ label: trans.__('Show'), callback: show }]
    });
  }
}

/** Notebooks that run again and again. */
export const schedulesPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:schedules`,
  description: 'Commands to schedule notebooks.',
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
    const { scheduling, editing } = new ScheduleCommands(app, dataops, trans);
    const category = trans.__('Data pipelines');
    addNotebookCommands(app.commands, palette, category, dataops, [scheduling]);
    // It is asked for with a name, by the panel: the palette has none to give.
    addCommand(app.commands, null, category, editing);
  }
};

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ScheduleKept } from '../api/wire.generated';
import { COMMANDS } from '../commands';
import { formatUntil } from '../model/moments';
import { type Field, fieldOf } from '../model/parameters';
import { freeName } from '../model/schedules';
import { triggerWords } from '../model/triggerWords';
import { save } from './saving';
import type { IDataOps } from '../tokens';
import { askNewSchedule, askScheduleChange } from '../widgets/scheduleDialog';
import { attempt } from '../widgets/telling';

/** What the commands of schedules do: a chunk of its own, with their dialogs. */
export class ScheduleActions {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly dataops: IDataOps,
    private readonly trans: TranslationBundle
  ) {}

  /** The notebook at `wanted`, by default the active one, is scheduled as the user says in a dialog. */
  async schedule(wanted: string | undefined): Promise<unknown> {
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

  /** The schedule is changed as the user says in a dialog. */
  async edit(name: string): Promise<unknown> {
    const { client } = this.dataops;
    const { schedule } = await client.call('get_schedule', { schedule: name, fires: 0, next: 0 });
    const { environments } = await client.call('list_deployments', { path: schedule.path });
    const fields = await this.fieldsAt(schedule.path);
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

  private tell(title: string, { name, trigger, told, next_at, notes }: ScheduleKept): void {
    const { trans } = this;
    const next = next_at === null ? '' : trans.__('Next %1.', formatUntil(next_at, Date.now(), trans));
    const show = () => attempt(this.app.commands.execute(COMMANDS.showSchedules, { schedule: name }));
    const actions = [{ label: trans.__('Show'), callback: show }];
    const message = `${title}\n${triggerWords(trigger, told, trans)}. ${next}`.trim();
    Notification.emit(message, notes.length > 0 ? 'info' : 'success', { autoClose: 8000, actions });
    // Each by itself, and until it is read: a message has room for no more than a sentence.
    for (const note of notes) {
      Notification.emit(`${name}: ${note}`, 'warning', { autoClose: false, actions });
    }
  }
}

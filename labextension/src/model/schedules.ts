import type { ScheduleView, SchedulesChanged, Services } from '../api/wire.generated';
import type { Texts } from './texts';
import { triggerWords } from './triggerWords';

/** The schedules of the store, by name, and who starts what is due. */
export interface SchedulesKnown {
  readonly schedules: readonly ScheduleView[];
  readonly services: Services;
}

/** After a message: schedules that are new or changed, in the order of names; those that are not named have gone. */
export function changeSchedules(
  known: SchedulesKnown | null,
  told: Pick<SchedulesChanged, 'schedules' | 'names' | 'services'>
): SchedulesKnown {
  const byName = new Map([...(known?.schedules ?? []), ...told.schedules].map(one => [one.name, one]));
  const schedules = told.names.flatMap(name => byName.get(name) ?? []);
  return { schedules, services: told.services };
}

/** Which are shown: those with the words in their name, notebook, trigger or environment. */
export function fitting(schedules: readonly ScheduleView[], words: string, texts: Texts): readonly ScheduleView[] {
  const wanted = words.trim().toLowerCase();
  return schedules.filter(one =>
    [one.name, one.path ?? one.notebook, triggerWords(one.trigger, one.told, texts), one.environment ?? '']
      .join(' ')
      .toLowerCase()
      .includes(wanted)
  );
}

/** A name that no schedule has: that of the notebook, or with a number behind it. */
export function freeName(notebook: string, schedules: readonly Pick<ScheduleView, 'name'>[]): string {
  const plain =
    notebook
      .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
      .replace(/^[^\p{L}_]+/u, '')
      .slice(0, 90) || 'schedule';
  const taken = new Set(schedules.map(one => one.name));
  let name = plain;
  for (let number = 2; taken.has(name); number++) {
    name = `${plain}-${number}`;
  }
  return name;
}

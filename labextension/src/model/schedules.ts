import type { ScheduleView, SchedulesChanged, Services } from '../api/wire.generated';

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

import type { Client } from '../../api/client';
import type { ScheduleView } from '../../api/wire.generated';
import type { Host } from '../host';
import type { Acting } from '../useActing';

/** What can be done with a schedule, from its row and from its page alike. */
export interface ScheduleActions {
  readonly togglePause: () => void;
  readonly runNow: () => void;
  readonly remove: () => void;
}

export function scheduleActions(
  { name, notebook, paused_at }: ScheduleView,
  client: Client,
  host: Host,
  { act }: Acting
): ScheduleActions {
  const { texts } = host;
  const ref = { schedule: name };
  return {
    togglePause: () =>
      void act('pause', () => client.call(paused_at === null ? 'pause_schedule' : 'resume_schedule', ref)),
    runNow: () => void act('run', () => client.call('run_schedule', ref)),
    remove: () =>
      void act('remove', async () => {
        const title = texts.__('Remove the schedule %1?', name);
        const body = texts.__('It does not run %1 any more. What it has run is kept.', notebook);
        if ((await host.agree?.(title, body, texts.__('Remove'))) ?? true) {
          await client.call('remove_schedule', ref);
        }
      })
  };
}

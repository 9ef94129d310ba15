import type { Client, Disposable, Told } from '../../api/client';
import type { Refusal } from '../../api/wire.generated';
import { changeSchedules, type SchedulesKnown } from '../../model/schedules';
import { Batch, type Schedule } from '../../model/store';

/** Hands on the schedules of the whole store, once a frame. */
export class SchedulesFollower implements Disposable {
  constructor(
    client: Client,
    onSchedules: (change: (known: SchedulesKnown | null) => SchedulesKnown) => void,
    onProblem: (refusal: Refusal) => void,
    schedule?: Schedule
  ) {
    this.batch = new Batch(messages => {
      for (const told of messages) {
        if (told.kind === 'schedules' && 'schedules' in told) {
          onSchedules(known => changeSchedules(known, told));
        } else if (told.kind === 'error' && 'error' in told) {
          onProblem(told.error);
        }
      }
    }, schedule);
    this.watch = client.watch({ op: 'watch_schedules', path: null }, told => this.batch.push(told));
  }

  dispose(): void {
    this.watch.dispose();
    this.batch.dispose();
  }

  private readonly batch: Batch<Told>;
  private readonly watch: Disposable;
}

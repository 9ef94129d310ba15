import { createStore, type Store } from '../model/store';

export type StoreTab = 'runs' | 'schedules' | 'deployments' | 'assets';

/** What of the store is shown; driven from within and, as by commands, from outside. */
export interface Place {
  readonly tab: StoreTab;
  /** Name of the schedule that is open; `null`: the list is. */
  readonly schedule: string | null;
  /** Likewise of the deployment. */
  readonly deployment: string | null;
  /** Name of the asset whose versions are seen; `null`: of none. */
  readonly asset: string | null;
  /** Grows when something outside has changed what is shown. */
  readonly revision: number;
}

export function createPlace(): Store<Place> {
  return createStore<Place>({ tab: 'runs', schedule: null, deployment: null, asset: null, revision: 0 });
}

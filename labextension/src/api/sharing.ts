import { changeRun, changeRuns, type RunModel, showRun, viewOf } from '../model/run';
import { changeSchedules, type SchedulesKnown } from '../model/schedules';
import type { Client, Connection, Disposable, OperationName, RequestOf, ResponseOf, Told, Watch } from './client';
import type { RunChanged, RunSummary } from './wire.generated';

/** With more changes than this, they are put into what is known at once, and not when somebody joins. */
const MOST_CHANGES = 200;

type Listener = (told: Told) => void;

/** What has been told so far, for those who come later. */
interface Known {
  take(told: Told): void;
  /** As one message; `null`: nothing was told yet. */
  all(): Told | null;
}

class KnownRuns implements Known {
  take(told: Told): void {
    if (told.kind === 'runs' && 'runs' in told) {
      this.runs = changeRuns(this.runs ?? [], told.runs);
    }
  }

  all(): Told | null {
    return this.runs && { kind: 'runs', id: '', runs: [...this.runs] };
  }

  private runs: readonly RunSummary[] | null = null;
}

class KnownSchedules implements Known {
  take(told: Told): void {
    if (told.kind === 'schedules' && 'schedules' in told) {
      this.known = changeSchedules(this.known, told);
    }
  }

  all(): Told | null {
    const { known } = this;
    return (
      known && {
        kind: 'schedules',
        id: '',
        schedules: [...known.schedules],
        names: known.schedules.map(one => one.name),
        services: known.services
      }
    );
  }

  private known: SchedulesKnown | null = null;
}

class KnownRun implements Known {
  take(told: Told): void {
    if (told.kind === 'run' && 'view' in told) {
      this.model = showRun(told.view);
      this.changes = [];
    } else if (told.kind === 'run_changed' && 'seq' in told) {
      this.changes.push(told);
      if (this.changes.length > MOST_CHANGES) {
        this.fold();
      }
    }
  }

  all(): Told | null {
    this.fold();
    return this.model && { kind: 'run', id: '', view: viewOf(this.model) };
  }

  private fold(): void {
    this.model = this.model && this.changes.reduce(changeRun, this.model);
    this.changes = [];
  }

  private model: RunModel | null = null;
  private changes: RunChanged[] = [];
}

function knownOf(request: Watch): Known {
  if (request.op === 'watch_schedules') {
    return new KnownSchedules();
  }
  return request.op === 'watch_runs' ? new KnownRuns() : new KnownRun();
}

interface Shared {
  readonly listeners: Set<Listener>;
  readonly known: Known;
  watch: Disposable | null;
}

/** A client that follows a run, or the runs of a notebook, once, however many parts of the page do. */
export class SharingClient implements Client {
  constructor(private readonly client: Client) {}

  call<Name extends OperationName>(
    name: Name,
    request: RequestOf<Name>,
    options?: { signal?: AbortSignal }
  ): Promise<ResponseOf<Name>> {
    return this.client.call(name, request, options);
  }

  watch(request: Watch, listener: Listener): Disposable {
    if (request.op === 'watch_log') {
      return this.client.watch(request, listener);
    }
    const key = JSON.stringify(request);
    // Two watches with the same listener are two.
    const own: Listener = told => listener(told);
    const known = this.shared.get(key);
    const shared = known ?? this.begin(key, request, own);
    if (known) {
      const told = known.known.all();
      known.listeners.add(own);
      if (told) {
        own(told);
      }
    }
    return {
      dispose: () => {
        if (shared.listeners.delete(own) && shared.listeners.size === 0) {
          shared.watch?.dispose();
          this.forget(key, shared);
        }
      }
    };
  }

  get connection(): Connection {
    return this.client.connection;
  }

  onConnection(listener: (connection: Connection) => void): Disposable {
    return this.client.onConnection(listener);
  }

  private begin(key: string, request: Watch, first: Listener): Shared {
    const shared: Shared = {
      listeners: new Set([first]),
      known: knownOf(request),
      watch: null
    };
    this.shared.set(key, shared);
    shared.watch = this.client.watch(request, told => {
      if (told.kind === 'error') {
        // Nothing more is told of it: who watches next begins anew.
        this.forget(key, shared);
      }
      shared.known.take(told);
      [...shared.listeners].forEach(one => one(told));
    });
    return shared;
  }

  private forget(key: string, shared: Shared): void {
    if (this.shared.get(key) === shared) {
      this.shared.delete(key);
    }
  }

  private readonly shared = new Map<string, Shared>();
}

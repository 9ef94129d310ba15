import type { LayoutAnswer, LayoutRequest } from './layoutWorker';
import source from './layoutWorkerSource.generated';

/** Why there is no geometry. */
export type LayoutFailure = 'timeout' | 'failed' | 'unavailable' | 'aborted';

export class LayoutError extends Error {
  constructor(
    readonly reason: LayoutFailure,
    message: string = reason
  ) {
    super(message);
    this.name = 'LayoutError';
  }
}

export interface LayoutOptions {
  readonly limitMs: number;
  /** Small enough to hold up the page for, where there may be no workers. */
  readonly isSmall: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Asks Graphviz for `json0`. */
export interface LayoutEngine {
  /** Rejects with `LayoutError`. The same graph is not laid out twice in a row. */
  layout(dot: string, options: LayoutOptions): Promise<string>;

  /** What is needed for the first layout is on its way. */
  warm(): void;
}

/** What of a `Worker` is needed. */
export interface WorkerLike {
  onmessage: ((event: MessageEvent<LayoutAnswer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(request: LayoutRequest): void;
  terminate(): void;
}

export interface LayoutSurroundings {
  spawn(): WorkerLike;
  /** Graphviz in the page itself. */
  importHere(): Promise<{ layout(dot: string): Promise<string> }>;
}

interface Job extends LayoutOptions {
  readonly dot: string;
  resolve(json: string): void;
  reject(reason: LayoutError): void;
}

const IDLE_MS = 60_000;
const KEPT = 12;
/** A new worker takes about as long to get going: one that has been at it for less is left to finish. */
const RESTART_MS = 400;

/** One worker with one job at a time, and a queue; a worker that takes too long is killed. */
export class LayoutService implements LayoutEngine {
  private worker: WorkerLike | null = null;
  private hasAnswered = false;
  private areWorkersForbidden = false;
  private readonly queue: Job[] = [];
  private current: Job | null = null;
  private startedAt = 0;
  private requests = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Geometry by graph, the latest last. */
  private readonly known = new Map<string, string>();

  constructor(private readonly surroundings: LayoutSurroundings) {}

  warm(): void {
    if (!this.worker && !this.areWorkersForbidden) {
      this.layout('digraph{}', { limitMs: 20_000, isSmall: true }).catch(() => undefined);
    }
  }

  layout(dot: string, options: LayoutOptions): Promise<string> {
    const known = this.known.get(dot);
    if (known !== undefined) {
      return Promise.resolve(known);
    }
    return new Promise((resolve, reject) => {
      const job: Job = { ...options, dot, resolve, reject };
      options.signal?.addEventListener('abort', () => this.abort(job), { once: true });
      this.queue.push(job);
      this.next();
    });
  }

  /** The worker is gone; the next job gets another one. */
  dispose(): void {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.hasAnswered = false;
  }

  private next(): void {
    const job = this.current ? undefined : this.queue.shift();
    if (!job) {
      return;
    }
    this.current = job;
    if (this.areWorkersForbidden) {
      void this.layoutHere(job);
      return;
    }
    clearTimeout(this.timer);
    try {
      this.worker ??= this.spawn();
    } catch {
      this.forbid(job);
      return;
    }
    this.startedAt = Date.now();
    this.timer = setTimeout(() => this.giveUp(new LayoutError('timeout')), job.limitMs);
    this.requests += 1;
    this.worker.postMessage({ id: this.requests, dot: job.dot });
  }

  private spawn(): WorkerLike {
    const worker = this.surroundings.spawn();
    worker.onmessage = ({ data }) => {
      if (data.id !== this.requests || !this.current) {
        return;
      }
      this.hasAnswered = true;
      if ('json' in data) {
        this.finish(this.current, data.json);
      } else {
        // What an error has left behind is not to be trusted.
        this.giveUp(new LayoutError('failed', data.error));
      }
    };
    worker.onerror = () => {
      const job = this.current;
      if (this.hasAnswered || !job) {
        this.giveUp(new LayoutError('failed', 'the worker has died'));
      } else {
        // A content security policy without `worker-src blob:` says so here, and not when the worker is made.
        this.forbid(job);
      }
    };
    return worker;
  }

  private forbid(job: Job): void {
    this.areWorkersForbidden = true;
    this.dispose();
    void this.layoutHere(job);
  }

  /** Nothing can stop a layout in the page: large graphs are not tried. */
  private async layoutHere(job: Job): Promise<void> {
    try {
      if (!job.isSmall) {
        throw new LayoutError('unavailable', 'the page may not start workers');
      }
      const graphviz = await this.surroundings.importHere();
      this.finish(job, await graphviz.layout(job.dot));
    } catch (error) {
      this.giveUp(error instanceof LayoutError ? error : new LayoutError('unavailable', String(error)));
    }
  }

  private finish(job: Job, json: string): void {
    this.known.delete(job.dot);
    this.known.set(job.dot, json);
    for (const oldest of [...this.known.keys()].slice(0, -KEPT)) {
      this.known.delete(oldest);
    }
    this.current = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.dispose(), IDLE_MS);
    job.resolve(json);
    this.next();
  }

  private giveUp(reason: LayoutError): void {
    const job = this.current;
    this.current = null;
    this.dispose();
    job?.reject(reason);
    this.next();
  }

  private abort(job: Job): void {
    const place = this.queue.indexOf(job);
    if (place >= 0) {
      this.queue.splice(place, 1);
    }
    if (job === this.current && !this.areWorkersForbidden && Date.now() - this.startedAt > RESTART_MS) {
      this.giveUp(new LayoutError('aborted'));
    } else {
      job.reject(new LayoutError('aborted'));
    }
  }
}

/** The one service of the page: panels and Lab are bundled apart, and share the worker. */
export function sharedLayout(): LayoutEngine {
  const page = globalThis as unknown as Record<symbol, LayoutEngine | undefined>;
  return (page[Symbol.for('jupyter-dataops.layout@1')] ??= new LayoutService(blobSurroundings()));
}

function blobSurroundings(): LayoutSurroundings {
  let url: string | undefined;
  const address = (): string => (url ??= URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  return {
    spawn: () => new Worker(address(), { type: 'module', name: 'dataops-layout' }),
    importHere: () =>
      import(/* webpackIgnore: true */ /* @vite-ignore */ address()) as Promise<{
        layout(dot: string): Promise<string>;
      }>
  };
}

/** One websocket for everything that is watched: opened with the first watch, mended when lost, closed after the last. */
import type { Timers } from '../model/timers';
import type { Connection, Disposable, Told, Watch } from './client';

/** What of a WebSocket is used. */
export interface Socket {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(): void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** Moving on to another notebook ends one watch and begins the next: the socket is kept for that. */
const LINGER_MS = 5_000;

interface Watched {
  request: Watch;
  readonly listener: (told: Told) => void;
  /** Of runs, what was told last, as text: a watch that is resumed is told all of them again. */
  readonly runs: Map<string, string>;
  isResumed: boolean;
}

/** The watches of a page over one socket. */
export class Stream {
  /** `random` in [0, 1) spreads the clients of a server that comes back. */
  constructor(
    private readonly open: () => Socket,
    private readonly timers: Timers,
    private readonly random: () => number = Math.random
  ) {}

  watch(request: Watch, listener: (told: Told) => void): Disposable {
    const id = String(++this.count);
    const watched: Watched = { request: { ...request }, listener, runs: new Map(), isResumed: false };
    this.watches.set(id, watched);
    this.lingering?.dispose();
    if (this.isOpen) {
      this.ask(id, watched);
    } else if (this.socket === null && this.waiting === null) {
      this.connect();
    }
    return { dispose: () => this.unwatch(id) };
  }

  get connection(): Connection {
    return this.state;
  }

  onConnection(listener: (connection: Connection) => void): Disposable {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  /** A lost connection is tried again at once: the network is back, or the user looks at the page. */
  hurry(): void {
    if (this.waiting !== null) {
      this.waiting.dispose();
      this.failures = 0;
      this.connect();
    }
  }

  dispose(): void {
    this.watches.clear();
    this.listeners.clear();
    this.shut();
  }

  private unwatch(id: string): void {
    if (!this.watches.has(id)) {
      return;
    }
    if (this.isOpen) {
      this.socket?.send(JSON.stringify({ op: 'unwatch', id }));
    }
    this.forget(id);
  }

  private forget(id: string): void {
    this.watches.delete(id);
    if (this.watches.size === 0) {
      this.lingering?.dispose();
      this.lingering = this.timers.after(LINGER_MS, () => this.shut());
    }
  }

  private shut(): void {
    this.lingering?.dispose();
    this.waiting?.dispose();
    this.waiting = null;
    this.failures = 0;
    if (this.socket !== null) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close();
      this.socket = null;
    }
    this.isOpen = false;
    this.become('connected');
  }

  private connect(): void {
    this.waiting = null;
    if (this.state !== 'lost') {
      this.become('connecting');
    }
    const socket = this.open();
    this.socket = socket;
    socket.onopen = () => {
      this.isOpen = true;
      for (const [id, watched] of this.watches) {
        this.ask(id, watched);
      }
      this.become('connected');
    };
    socket.onmessage = event => this.hear(JSON.parse(String(event.data)) as Told);
    socket.onclose = () => this.lose();
  }

  private lose(): void {
    this.socket = null;
    this.isOpen = false;
    if (this.watches.size === 0) {
      this.shut();
      return;
    }
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
    this.failures += 1;
    for (const watched of this.watches.values()) {
      watched.isResumed = true;
    }
    this.waiting = this.timers.after(longest * (0.5 + this.random() / 2), () => this.connect());
    this.become('lost');
  }

  private ask(id: string, { request }: Watched): void {
    this.socket?.send(JSON.stringify({ ...request, id }));
  }

  private hear(told: Told): void {
    // A socket that opens and closes at once is no connection yet: only what is told shows that it works.
    this.failures = 0;
    const watched = this.watches.get(told.id);
    if (watched === undefined) {
      return;
    }
    const news = note(told, watched);
    if (told.kind === 'error' || (told.kind === 'log' && told.chunk.is_complete)) {
      this.forget(told.id);
    }
    if (news !== null) {
      watched.listener(news);
    }
  }

  private become(state: Connection): void {
    if (state !== this.state) {
      this.state = state;
      this.listeners.forEach(listener => listener(state));
    }
  }

  private readonly watches = new Map<string, Watched>();
  private readonly listeners = new Set<(connection: Connection) => void>();
  private socket: Socket | null = null;
  private isOpen = false;
  private state: Connection = 'connected';
  private count = 0;
  private failures = 0;
  private waiting: Disposable | null = null;
  private lingering: Disposable | null = null;
}

/** Remembers where to go on from; what of it is new, `null` where nothing is. */
function note(told: Told, watched: Watched): Told | null {
  const { request } = watched;
  if (told.kind === 'run' && request.op === 'watch_run') {
    request.after = told.view.seq;
  } else if (told.kind === 'run_changed' && request.op === 'watch_run') {
    request.after = told.seq;
  } else if (told.kind === 'log' && request.op === 'watch_log') {
    request.start = told.chunk.next;
  } else if (told.kind === 'runs') {
    const runs = told.runs.filter(run => watched.runs.get(run.run_id) !== JSON.stringify(run));
    told.runs.forEach(run => watched.runs.set(run.run_id, JSON.stringify(run)));
    return watched.isResumed && runs.length === 0 ? null : { ...told, runs };
  }
  return told;
}

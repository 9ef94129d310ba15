/** The client over a widget's comm. Knows no widget: `widget/channel.ts` gives it the way to the kernel. */
import type { Timers } from '../model/timers';
import {
  OperationError,
  type Client,
  type Connection,
  type Disposable,
  type OperationName,
  type RequestOf,
  type ResponseOf,
  type Told,
  type Watch
} from './client';
import type { Channel, FromKernel, Said, WatchRequest } from './comm';
import { kernelGone } from './refusals';
import { Stream, type Socket } from './stream';

/** A kernel that has not read a message for so long is busy. */
const BUSY_MS = 1_000;
const REFUSED = 400;

/** Two views of one panel hear the same messages: each knows its own by this. Also there on pages without HTTPS. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map(part => part.toString(36)).join('');
}

interface Pending {
  resolve(response: string): void;
  reject(error: unknown): void;
}

/** Operations and watches of one view. Disposed, it leaves nothing behind in the kernel. */
export class WidgetClient implements Client, Disposable {
  constructor(
    private readonly channel: Channel,
    private readonly timers: Timers,
    readonly view: string = newId()
  ) {
    this.stream = new Stream(() => this.openSocket(), timers);
    this.ends = [channel.onMessage(message => this.hear(message)), channel.onGone(() => this.lose())];
    if (channel.isLive) {
      this.post({ kind: 'hello' });
    } else {
      this.lose();
    }
  }

  async call<Name extends OperationName>(
    name: Name,
    request: RequestOf<Name>,
    options: { signal?: AbortSignal } = {}
  ): Promise<ResponseOf<Name>> {
    options.signal?.throwIfAborted();
    if (this.state === 'gone' || !this.post({ kind: 'call', op: name, request })) {
      throw kernelGone();
    }
    const n = this.sent;
    const answered = new Promise<string>((resolve, reject) => this.pending.set(n, { resolve, reject }));
    const abort = () => this.settle(n, pending => pending.reject(options.signal?.reason));
    options.signal?.addEventListener('abort', abort);
    try {
      return JSON.parse(await answered) as ResponseOf<Name>;
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
  }

  watch(request: Watch, listener: (told: Told) => void): Disposable {
    return this.stream.watch(request, listener);
  }

  get connection(): Connection {
    return this.state;
  }

  onConnection(listener: (connection: Connection) => void): Disposable {
    this.connectionListeners.add(listener);
    return { dispose: () => void this.connectionListeners.delete(listener) };
  }

  /** The notebook was saved, perhaps as something else. */
  onSaved(listener: () => void): Disposable {
    this.savedListeners.add(listener);
    return { dispose: () => void this.savedListeners.delete(listener) };
  }

  dispose(): void {
    this.connectionListeners.clear();
    this.savedListeners.clear();
    this.socket = null;
    this.stream.dispose();
    if (this.state !== 'gone') {
      this.post({ kind: 'bye' });
    }
    this.lose();
  }

  /** Whether what is `said` is on its way. */
  private post(said: Said): boolean {
    this.sent += 1;
    try {
      this.channel.send({ ...said, view: this.view, n: this.sent });
    } catch {
      this.lose();
      return false;
    }
    this.patience ??= this.timers.after(BUSY_MS, () => this.become('queued'));
    return true;
  }

  private hear(message: FromKernel): void {
    if (message.kind === 'saved') {
      [...this.savedListeners].forEach(listener => listener());
    } else if (message.kind === 'renew') {
      if (message.but !== this.view) {
        this.heard = 0;
        this.reconnect();
      }
    } else if (message.view === this.view) {
      this.hearOwn(message);
    }
  }

  private hearOwn(message: Extract<FromKernel, { view: string }>): void {
    switch (message.kind) {
      case 'taken':
        this.take(message.n);
        return;
      case 'answer':
        this.settle(message.n, pending => pending.resolve(message.response));
        return;
      case 'refusal':
        this.settle(message.n, pending => pending.reject(new OperationError(message.refusal, REFUSED)));
        return;
      case 'told':
        this.pass(message.number, message.told);
        return;
    }
  }

  /** The kernel reads in order: what was sent before `n` is taken as well. */
  private take(n: number): void {
    this.taken = Math.max(this.taken, n);
    this.patience?.dispose();
    this.patience = this.taken < this.sent ? this.timers.after(BUSY_MS, () => this.become('queued')) : null;
    if (this.patience === null || this.state === 'connecting') {
      this.become('connected');
    }
  }

  private settle(n: number, how: (pending: Pending) => void): void {
    const pending = this.pending.get(n);
    if (pending !== undefined) {
      this.pending.delete(n);
      how(pending);
    }
  }

  private pass(number: number, told: readonly string[]): void {
    const isComplete = number === this.heard + 1;
    this.heard = number;
    for (const data of told) {
      this.socket?.onmessage?.({ data } as MessageEvent);
    }
    if (!isComplete) {
      this.reconnect();
    }
  }

  /** A socket for the watches: open as soon as its owner listens. */
  private openSocket(): Socket {
    const socket: Socket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: text => void this.post({ kind: 'watch', request: JSON.parse(text) as WatchRequest }),
      close: () => undefined
    };
    this.socket = socket;
    queueMicrotask(() => {
      if (this.socket === socket && this.state !== 'gone') {
        socket.onopen?.(new Event('open'));
      }
    });
    return socket;
  }

  /** Every watch is asked for again, from what was told last. */
  private reconnect(): void {
    this.socket?.onclose?.({} as CloseEvent);
    this.stream.hurry();
  }

  private lose(): void {
    this.ends.forEach(end => end.dispose());
    this.patience?.dispose();
    this.socket = null;
    this.become('gone');
    for (const n of [...this.pending.keys()]) {
      this.settle(n, pending => pending.reject(kernelGone()));
    }
  }

  private become(state: Connection): void {
    if (this.state !== 'gone' && state !== this.state) {
      this.state = state;
      [...this.connectionListeners].forEach(listener => listener(state));
    }
  }

  private readonly stream: Stream;
  private readonly ends: Disposable[];
  private readonly pending = new Map<number, Pending>();
  private readonly connectionListeners = new Set<(connection: Connection) => void>();
  private readonly savedListeners = new Set<() => void>();
  private socket: Socket | null = null;
  private state: Connection = 'connecting';
  private patience: Disposable | null = null;
  private sent = 0;
  private taken = 0;
  private heard = 0;
}

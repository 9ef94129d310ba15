import type { Disposable } from '../api/client';
import type { Texts } from './texts';
import type { RunModel } from './run';
import { type AnyState, LOOKS } from './states';
import type { Timers } from './timers';

const PAUSE_MS = 3000;
const MOST_NAMES = 3;
const WORTH_TELLING: ReadonlySet<AnyState> = new Set<AnyState>([
  'succeeded',
  'failed',
  'crashed',
  'reused',
  'skipped',
  'upstream_failed',
  'cancelled',
  'retrying'
]);

/** What has become of a run and its nodes, as sentences for screen readers: not more often than somebody can listen. */
export class Announcer implements Disposable {
  constructor(
    private readonly texts: Texts,
    private readonly timers: Timers,
    private readonly say: (sentence: string) => void
  ) {}

  /** The run is so now. What is learned of a run of which nothing was known is no news. */
  hear(run: RunModel | null): void {
    const { run: before } = this;
    if (run === before) {
      return;
    }
    this.run = run;
    if (run === null || before === null || run.run.run_id !== before.run.run_id) {
      this.forget();
      return;
    }
    for (const [name, node] of run.nodes) {
      const known = before.nodes.get(name);
      if (node !== known && node.state !== (known?.state ?? 'pending') && node.parent === null) {
        this.tell(name, node.state);
      }
    }
    if (run.run.state !== before.run.state) {
      this.tell(null, run.run.state);
    }
  }

  dispose(): void {
    this.forget();
  }

  /** Of a node; `null`: of the run. */
  private tell(node: string | null, state: AnyState): void {
    this.heard.delete(node);
    if (!WORTH_TELLING.has(state)) {
      return;
    }
    this.heard.set(node, state);
    this.waiting ??= this.timers.after(PAUSE_MS, () => this.speak());
  }

  private speak(): void {
    this.waiting = null;
    if (this.heard.size > 0) {
      this.say(sentence(this.heard, this.texts));
      this.heard.clear();
    }
  }

  private forget(): void {
    this.heard.clear();
    this.waiting?.dispose();
    this.waiting = null;
  }

  private run: RunModel | null = null;
  private readonly heard = new Map<string | null, AnyState>();
  private waiting: Disposable | null = null;
}

/** `clean succeeded, model failed, run failed`; numbers, where there are many. The run has the last word. */
function sentence(heard: ReadonlyMap<string | null, AnyState>, texts: Texts): string {
  const word = (state: AnyState): string => texts.__(LOOKS[state].word);
  const nodes = [...heard].filter((entry): entry is [string, AnyState] => entry[0] !== null);
  const run = heard.get(null);
  const counts = new Map<AnyState, number>();
  nodes.forEach(([, state]) => counts.set(state, (counts.get(state) ?? 0) + 1));
  const parts: [string | number, AnyState][] = nodes.length <= MOST_NAMES ? nodes : [...counts].map(flipped);
  return [
    ...parts.map(([what, state]) => texts.__('%1 %2', what, word(state))),
    ...(run === undefined ? [] : [texts.__('run %1', word(run))])
  ].join(', ');
}

function flipped([state, count]: [AnyState, number]): [number, AnyState] {
  return [count, state];
}

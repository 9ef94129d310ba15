import type { Texts } from '../components/host';
import type { AnyState } from '../model/states';
import { stateWord } from './describe';
import { html } from './svg';

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

/** Tells screen readers what has become of nodes: politely, and not more often than somebody can listen. */
export class Announcer {
  readonly element = html('div', { class: 'jp-dataops-graph-live', role: 'status', 'aria-live': 'polite' });
  private readonly heard = new Map<string, AnyState>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly texts: Texts) {}

  tell(label: string, state: AnyState): void {
    if (!WORTH_TELLING.has(state)) {
      this.heard.delete(label);
      return;
    }
    this.heard.set(label, state);
    this.timer ??= setTimeout(() => this.speak(), PAUSE_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private speak(): void {
    this.timer = undefined;
    this.element.textContent = sentence(this.heard, this.texts);
    this.heard.clear();
  }
}

/** `clean succeeded, model failed`; numbers, where there are many. */
export function sentence(heard: ReadonlyMap<string, AnyState>, texts: Texts): string {
  if (heard.size <= MOST_NAMES) {
    return [...heard].map(([label, state]) => texts.__('%1 %2', label, stateWord(state, texts))).join(', ');
  }
  const counts = new Map<AnyState, number>();
  heard.forEach(state => counts.set(state, (counts.get(state) ?? 0) + 1));
  return [...counts].map(([state, count]) => texts.__('%1 %2', count, stateWord(state, texts))).join(', ');
}

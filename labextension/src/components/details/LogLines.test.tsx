import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { aLog } from '../../testing/builders';
import { openDetails } from '../../testing/details';
import { settled } from '../../testing/view';

const size = { clientWidth: 0, clientHeight: 0, scrollHeight: 0 };
const observers = new Set<ResizeObserverCallback>();
const known = globalThis.ResizeObserver;

beforeEach(() => {
  globalThis.ResizeObserver = class implements ResizeObserver {
    constructor(private readonly callback: ResizeObserverCallback) {}
    observe(): void {
      observers.add(this.callback);
    }
    unobserve(): void {}
    disconnect(): void {
      observers.delete(this.callback);
    }
  };
});
afterEach(() => {
  globalThis.ResizeObserver = known;
  observers.clear();
});

/** The element has this size from now on, and whoever watches sizes is told. */
async function resize(element: HTMLElement, change: Partial<typeof size>): Promise<void> {
  Object.assign(size, change);
  for (const name of ['clientWidth', 'clientHeight', 'scrollHeight'] as const) {
    Object.defineProperty(element, name, { configurable: true, get: () => size[name] });
  }
  await settled(() => observers.forEach(tell => tell([], {} as ResizeObserver)));
}

const LINES = Array.from({ length: 1000 }, (_, at) => `${at} ${'x'.repeat(200)}`);

test('the end of a log stays in sight, in whatever order sizes become known', async () => {
  const { getByRole } = await openDetails('log', {}, { get_log: () => aLog(LINES) });
  const log = getByRole('log');

  await resize(log, { clientHeight: 300, scrollHeight: 17_000 });
  assert.equal(log.scrollTop, 17_000);
  await resize(log, { clientWidth: 500, scrollHeight: 68_000 });
  assert.equal(log.scrollTop, 68_000);
  // Lines that are drawn are higher than they were reckoned to be, and the panel lower than it was.
  await resize(log, { clientHeight: 200, scrollHeight: 68_040 });
  assert.equal(log.scrollTop, 68_040);
});

test('the last line is where the log ends, however high the lines above are', async () => {
  const { getByRole } = await openDetails('log', {}, { get_log: () => aLog(LINES) });
  const log = getByRole('log');

  await resize(log, { clientWidth: 500, clientHeight: 300, scrollHeight: 68_000 });
  await settled(() => log.dispatchEvent(new Event('scroll')));

  const seen = log.querySelector<HTMLElement>('.jp-dataops-log-seen')!;
  assert.equal(seen.lastElementChild?.textContent, LINES.at(-1));
  assert.equal(seen.style.bottom, '0px');
});

const BUDGET_MS = 14;
/** The more there is, the longer each picture takes, and the fewer there should be on the way. */
const BUDGET_MS_PER_ITEM = 0.01;

/**
 * Works through `items` in frames, a few milliseconds in each, so that the page stays alive; the first slice at once.
 *
 * Resolves to whether it came to the end: a signal stops it.
 */
export async function inSlices<Item>(
  items: readonly Item[],
  work: (item: Item, place: number) => void,
  signal: AbortSignal
): Promise<boolean> {
  let place = 0;
  const budget = Math.max(BUDGET_MS, BUDGET_MS_PER_ITEM * items.length);
  while (place < items.length) {
    if (signal.aborted) {
      return false;
    }
    const until = performance.now() + budget;
    do {
      work(items[place]!, place);
      place += 1;
      // The clock is looked at now and then only.
    } while (place < items.length && (place % 8 !== 0 || performance.now() < until));
    if (place < items.length) {
      await nextFrame();
    }
  }
  return !signal.aborted;
}

/** After the next picture, or soon where there are none: a hidden page draws nothing. */
export function nextFrame(): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      resolve();
    };
    const timer = setTimeout(done, 100);
    const frame = requestAnimationFrame(done);
  });
}

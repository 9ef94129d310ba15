import { type RefObject, useLayoutEffect, useState } from 'react';

export interface Rows {
  readonly count: number;
  /** Pixels above a row; of `count`, all of them. */
  topOf(row: number): number;
  /** The row at so many pixels from the top. */
  rowAt(top: number): number;
}

export function evenRows(count: number, height: number): Rows {
  return {
    count,
    topOf: row => row * height,
    rowAt: top => Math.max(0, Math.min(count - 1, Math.floor(top / height)))
  };
}

export interface Window {
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
}

/** How much is drawn beyond what is seen, so that scrolling does not show blank stripes. */
const BEYOND_PX = 240;
/** Where nothing can be measured, as in a test, and before the first measurement. */
const UNKNOWN_PX = 600;

/** The rows that are in sight in `scroller`, or nearly. Renders only when these change. */
export function useWindow(scroller: RefObject<HTMLElement | null>, rows: Rows): Window {
  const [seen, setSeen] = useState({ top: 0, height: UNKNOWN_PX });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) {
      return;
    }
    const look = () => {
      const top = Math.floor(element.scrollTop / (BEYOND_PX / 2)) * (BEYOND_PX / 2);
      const height = element.clientHeight || UNKNOWN_PX;
      setSeen(before => (before.top === top && before.height === height ? before : { top, height }));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(look);
    observer?.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      observer?.disconnect();
    };
  }, [scroller]);
  if (rows.count === 0) {
    return { first: 0, end: 0 };
  }
  return {
    first: rows.rowAt(Math.max(0, seen.top - BEYOND_PX)),
    end: rows.rowAt(seen.top + seen.height + 2 * BEYOND_PX) + 1
  };
}

import type { Box, Point, Size } from './geometry';

/** The point (x, y) of the graph is at (x * scale + dx, y * scale + dy) on the screen. */
export interface Transform {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
}

const MARGIN = 20;
/** At the lower edge: the buttons stand there. */
const LOWER_MARGIN = 46;
const LARGEST = 2.5;
const SMALLEST = 0.08;
/** So much of the graph stays in sight, in pixels. */
const IN_SIGHT = 48;

/** Below this scale names of nodes are a strain to read. */
export const READABLE = 0.75;

/** The whole graph, in the middle; not enlarged, and where it would be smaller than `least`, its beginning. */
export function fitted(view: Size, graph: Size, least = 0): Transform {
  const room = (whole: number, part: number, end: number): number =>
    Math.max(1, whole - MARGIN - end) / Math.max(1, part);
  const fits = Math.min(1, room(view.width, graph.width, MARGIN), room(view.height, graph.height, LOWER_MARGIN));
  const scale = Math.max(least, fits);
  const { dx, dy } = centered({ scale, dx: 0, dy: 0 }, { x: graph.width / 2, y: graph.height / 2 }, view);
  // Not in the middle where it does not fit: a beginning is easier to go on from.
  const begun = (at: number, whole: number, part: number, end: number): number =>
    part * scale > whole - MARGIN - end + 0.5 ? MARGIN : Math.min(at, whole - end - part * scale);
  return {
    scale,
    dx: begun(dx, view.width, graph.width, MARGIN),
    dy: begun(dy, view.height, graph.height, LOWER_MARGIN)
  };
}

/** A point of the graph is in the middle of the screen. */
export function centered({ scale }: Transform, point: Point, view: Size): Transform {
  return { scale, dx: view.width / 2 - point.x * scale, dy: view.height / 2 - point.y * scale };
}

/** The same point of the graph stays below `anchor`, a point of the screen. */
export function zoomed(from: Transform, scale: number, anchor: Point, view: Size, graph: Size): Transform {
  const least = Math.min(SMALLEST, fitted(view, graph).scale);
  const next = Math.min(LARGEST, Math.max(least, scale));
  const ratio = next / from.scale;
  return { scale: next, dx: anchor.x - (anchor.x - from.dx) * ratio, dy: anchor.y - (anchor.y - from.dy) * ratio };
}

/** Moved, but never so far that the graph is out of sight. */
export function panned(from: Transform, by: Point, view: Size, graph: Size): Transform {
  const kept = (at: number, whole: number, part: number): number =>
    Math.min(whole - IN_SIGHT, Math.max(IN_SIGHT - part * from.scale, at));
  return {
    scale: from.scale,
    dx: kept(from.dx + by.x, view.width, graph.width),
    dy: kept(from.dy + by.y, view.height, graph.height)
  };
}

/** How far the wheel may move the graph: to its edges and no further, and not at all where it is in sight. */
export function scrolled(from: Transform, by: Point, view: Size, graph: Size): Transform {
  const kept = (at: number, to: number, whole: number, part: number, end: number): number => {
    const low = whole - end - part * from.scale;
    if (low >= MARGIN) {
      return at;
    }
    // Where the user has dragged it further already, it does not jump back.
    return Math.min(Math.max(MARGIN, at), Math.max(Math.min(low, at), to));
  };
  return {
    scale: from.scale,
    dx: kept(from.dx, from.dx + by.x, view.width, graph.width, MARGIN),
    dy: kept(from.dy, from.dy + by.y, view.height, graph.height, LOWER_MARGIN)
  };
}

/** Moved as little as brings the box into sight. */
export function revealed(from: Transform, box: Box, view: Size): Transform {
  const moved = (at: number, whole: number, start: number, length: number, end: number): number => {
    const low = start * from.scale + at - MARGIN;
    const high = (start + length) * from.scale + at + end;
    if (low < 0 || high - low > whole) {
      return at - low;
    }
    return high > whole ? at - (high - whole) : at;
  };
  return {
    scale: from.scale,
    dx: moved(from.dx, view.width, box.x, box.width, MARGIN),
    dy: moved(from.dy, view.height, box.y, box.height, LOWER_MARGIN)
  };
}

/** What of the graph is on the screen. */
export function visible({ scale, dx, dy }: Transform, view: Size): Box {
  return { x: -dx / scale, y: -dy / scale, width: view.width / scale, height: view.height / scale };
}

/** How much can be read at a scale. */
export type Detail = 'far' | 'middle' | 'near';

export function detailAt(scale: number): Detail {
  return scale < 0.32 ? 'far' : scale < 0.55 ? 'middle' : 'near';
}

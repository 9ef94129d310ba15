import type { Direction } from './model';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** By its top left corner. */
export interface Box extends Point, Size {}

/** Cubic Bezier curves, each going on where the one before ends: 1 + 3 n points. */
export type Curve = readonly Point[];

/** Where everything is, in pixels from the top left. */
export interface Geometry extends Size {
  readonly nodes: readonly Box[];
  /** As the links that were asked for. */
  readonly curves: readonly Curve[];
}

/** An edge is a straight line to Graphviz: how it is drawn is up to us. */
export type Splines = 'routed' | 'own';

interface Json0 {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly { readonly pos?: string; readonly id?: string }[];
}

/** Reads Graphviz's `json0` of what `toDot` wrote: y points up there, and positions are those of centres. */
export function parseGeometry(
  json: string,
  sizes: readonly Size[],
  links: readonly { readonly source: number; readonly target: number }[],
  direction: Direction,
  splines: Splines
): Geometry {
  const { bb, objects = [], edges = [] } = JSON.parse(json) as Json0;
  const [left = 0, bottom = 0, right = 0, top = 0] = numbers(bb);
  const nodes: Box[] = sizes.map(size => ({ x: 0, y: 0, ...size }));
  for (const { name, pos } of objects) {
    const [x = 0, y = 0] = numbers(pos);
    const { width, height } = sizes[Number(name)]!;
    nodes[Number(name)] = { x: x - left - width / 2, y: top - y - height / 2, width, height };
  }
  const routed = new Map(edges.map(({ id, pos }) => [Number(id), pos]));
  const curves = links.map(({ source, target }, place) => {
    const pos = splines === 'routed' ? routed.get(place) : undefined;
    return pos ? curveOf(pos, left, top) : curveBetween(nodes[source]!, nodes[target]!, direction);
  });
  return { width: right - left, height: top - bottom, nodes, curves };
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}

/** `s,x,y e,x,y x,y x,y ...`: a start and an end are there where the edge has arrow heads. */
function curveOf(pos: string, left: number, top: number): Curve {
  // Several pieces, divided by semicolons, are what concentrated edges have: there are none.
  const tokens = pos.split(' ').filter(token => !token.startsWith('e,') && !token.startsWith('s,'));
  return tokens.map(token => {
    const [x = 0, y = 0] = numbers(token);
    return { x: x - left, y: top - y };
  });
}

/** A smooth way from the end of one node to the beginning of another; backwards, it goes around in a wide bow. */
export function curveBetween(from: Box, to: Box, direction: Direction): Curve {
  if (direction === 'LR') {
    const start = { x: from.x + from.width, y: from.y + from.height / 2 };
    const end = { x: to.x, y: to.y + to.height / 2 };
    const reach = Math.max(24, Math.abs(end.x - start.x) / 2);
    return [start, { x: start.x + reach, y: start.y }, { x: end.x - reach, y: end.y }, end];
  }
  const start = { x: from.x + from.width / 2, y: from.y + from.height };
  const end = { x: to.x + to.width / 2, y: to.y };
  const reach = Math.max(24, Math.abs(end.y - start.y) / 2);
  return [start, { x: start.x, y: start.y + reach }, { x: end.x, y: end.y - reach }, end];
}

const HEAD = 4.6;

/** The curve with an open arrow head, as the `d` of a path. Dashes begin anew at the tip, and do not break the head. */
export function pathOf(curve: Curve): string {
  const [start, ...rest] = curve;
  const tip = rest[rest.length - 1];
  if (!start || !tip) {
    return '';
  }
  let path = `M${at(start)}C${rest.map(at).join(' ')}`;
  const before = [...curve].reverse().find(({ x, y }) => Math.hypot(tip.x - x, tip.y - y) > 0.5) ?? start;
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x);
  for (const side of [Math.PI * 0.8, -Math.PI * 0.8]) {
    path += `M${at(tip)}L${at({ x: tip.x + HEAD * Math.cos(angle + side), y: tip.y + HEAD * Math.sin(angle + side) })}`;
  }
  return path;
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}

/** The point at a share (0 to 1) of the curve. */
export function pointAt(curve: Curve, share: number): Point {
  const pieces = Math.max(1, Math.floor((curve.length - 1) / 3));
  const piece = Math.min(pieces - 1, Math.floor(share * pieces));
  const t = share * pieces - piece;
  const [a, b, c, d] = [0, 1, 2, 3].map(step => curve[Math.min(curve.length - 1, piece * 3 + step)]!);
  const mix = (of: 'x' | 'y'): number =>
    (1 - t) ** 3 * a![of] + 3 * (1 - t) ** 2 * t * b![of] + 3 * (1 - t) * t ** 2 * c![of] + t ** 3 * d![of];
  return { x: mix('x'), y: mix('y') };
}

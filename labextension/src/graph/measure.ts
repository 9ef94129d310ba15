import type { Size } from './geometry';
import type { GraphNode } from './model';

/** How wide texts are in the fonts of the page. */
export interface TextMeter {
  /** Sizes of names, and of the line below, in pixels. */
  readonly name: number;
  readonly note: number;
  /** The same for the same fonts. */
  readonly key: string;
  nameWidth(text: string): number;
  noteWidth(text: string): number;
}

export const BAR = 4;
export const ICON = 16;
const BEFORE_ICON = 13;
const BEFORE_TEXT = 37;
const AFTER_TEXT = 12;
const MARK = 18;
const BADGE = 34;
const NARROWEST = 148;
const WIDEST = 280;
const STRIP = 13;

/** Where the parts of a node are. */
export interface NodeShape extends Size {
  readonly icon: { readonly x: number; readonly y: number };
  readonly textX: number;
  readonly nameY: number;
  readonly noteY: number;
  /** Of the strip with the children's states; `null`: it has none. */
  readonly stripY: number | null;
  readonly nameRoom: number;
  readonly noteRoom: number;
}

/** As wide as the name needs within limits, and as high as what it shows, so that a new state changes no geometry. */
export function shapeOf(node: GraphNode, meter: TextMeter): NodeShape {
  const after = AFTER_TEXT + (node.kind === 'notebook' ? MARK : 0) + (node.checks ? BADGE : 0);
  const wanted = BEFORE_TEXT + meter.nameWidth(node.label) + after;
  const width = Math.ceil(Math.min(WIDEST, Math.max(NARROWEST, wanted)));
  const nameY = Math.round(7 + meter.name);
  const noteY = Math.round(nameY + 4 + meter.note);
  const lines = noteY + Math.round(meter.note * 0.4) + 6;
  return {
    width,
    height: lines + (node.kind === 'node' ? 0 : STRIP),
    icon: { x: BEFORE_ICON, y: (lines - ICON) / 2 },
    textX: BEFORE_TEXT,
    nameY,
    noteY,
    stripY: node.kind === 'node' ? null : lines - 1,
    nameRoom: width - BEFORE_TEXT - after,
    noteRoom: width - BEFORE_TEXT - AFTER_TEXT
  };
}

/** The text, or as much of its beginning as there is room for. */
export function cut(text: string, room: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= room) {
    return text;
  }
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const half = (fits + tooLong) >> 1;
    if (widthOf(`${text.slice(0, half)}…`) <= room) {
      fits = half;
    } else {
      tooLong = half;
    }
  }
  return `${text.slice(0, fits)}…`;
}

/** Measures as `probe` and `noteProbe` are styled; by guess, where there is no canvas. */
export function meterOf(probe: Element, noteProbe: Element): TextMeter {
  const context = document.createElement('canvas').getContext('2d');
  const font = (element: Element, fallback: number): { font: string; size: number } => {
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(element);
    const size = parseFloat(fontSize) || fallback;
    return { font: `${fontWeight || 400} ${size}px ${fontFamily || 'sans-serif'}`, size };
  };
  const name = font(probe, 13);
  const note = font(noteProbe, 11);
  const measured = (known: Map<string, number>, style: { font: string; size: number }) => (text: string) => {
    let width = known.get(text);
    if (width === undefined) {
      if (context && context.font !== style.font) {
        context.font = style.font;
      }
      width = context ? context.measureText(text).width : text.length * style.size * 0.56;
      known.set(text, width);
      if (known.size > 5000) {
        known.clear();
      }
    }
    return width;
  };
  return {
    name: name.size,
    note: note.size,
    key: `${name.font} ${note.font}`,
    nameWidth: measured(new Map(), name),
    noteWidth: measured(new Map(), note)
  };
}

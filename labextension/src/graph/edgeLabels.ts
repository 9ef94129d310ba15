import { pointAt, type Box, type Curve, type Size } from './geometry';
import { cut, type TextMeter } from './measure';
import { svg } from './svg';

const WIDEST = 220;
/** Smaller than that on the screen, no label gets. */
const LEAST_SCALE = 0.8;
/** Of letters that are all of one width, in shares of their height. */
const LETTER = 0.61;
const SHARES = [0.5, 0.4, 0.6, 0.3, 0.7];

export interface EdgeLabel {
  readonly text: string;
  readonly curve: Curve;
}

/**
 * The labels, each where there is room for it on its edge, or else beside it; in pixels of the graph, enlarged where it
 * is small.
 */
export function labelElements(
  labels: readonly EdgeLabel[],
  nodes: readonly Box[],
  meter: TextMeter,
  scale: number
): SVGGElement[] {
  const factor = Math.max(1, LEAST_SCALE / scale);
  const widthOf = (text: string): number => text.length * meter.note * LETTER;
  const height = meter.note + 8;
  const taken = [...nodes];
  return labels.map(({ text, curve }) => {
    const shown = cut(text, WIDEST, widthOf);
    const width = widthOf(shown) + 14;
    const box = roomFor({ width: width * factor, height: height * factor }, curve, taken);
    taken.push(box);
    const element = svg(
      'g',
      {
        class: 'jp-dataops-graph-label',
        transform: `translate(${box.x + box.width / 2} ${box.y + box.height / 2}) scale(${factor.toFixed(3)})`
      },
      svg('rect', { x: -width / 2, y: -height / 2, width, height, rx: height / 2 }),
      svg('text', { y: meter.note * 0.36 })
    );
    element.lastElementChild!.textContent = shown;
    return element;
  });
}

/** Where it hides least; in the middle, and on the edge, where nothing is hidden. */
function roomFor({ width, height }: Size, curve: Curve, taken: readonly Box[]): Box {
  const boxes = [0, -0.9, 0.9, -1.8, 1.8].flatMap(offset =>
    SHARES.map(share => {
      const { x, y } = pointAt(curve, share);
      return { x: x - width / 2, y: y - height / 2 + offset * height, width, height };
    })
  );
  const hidden = boxes.map(box => taken.reduce((sum, other) => sum + common(box, other), 0));
  return boxes[hidden.indexOf(Math.min(...hidden))]!;
}

/** How much of the two areas is the same. */
function common(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return Math.max(0, width) * Math.max(0, height);
}

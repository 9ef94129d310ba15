import { PLAIN, type Style } from './ansi';
import type { Line } from './line';

/** A stretch of a line that is drawn in one way. */
export interface Segment {
  readonly text: string;
  readonly style: Style;
  readonly mark: 'match' | 'current' | null;
}

/** Beyond this a line is cut: a browser takes seconds for one of a million characters. */
export const LONGEST = 20_000;

/** The line cut up where its style or a match begins or ends. `matches` are where one starts; all are `length` long. */
export function segmentsOf(
  line: Line,
  matches: readonly number[] = [],
  length = 0,
  current: number | null = null
): readonly Segment[] {
  const text = line.text.length > LONGEST ? `${line.text.slice(0, LONGEST)} …` : line.text;
  if (line.spans === null && matches.length === 0) {
    return [{ text, style: PLAIN, mark: null }];
  }
  const cuts = new Set([0, text.length]);
  line.spans?.forEach(span => cuts.add(span.start).add(span.end));
  matches.forEach(start => cuts.add(start).add(start + length));
  const places = [...cuts].filter(cut => cut <= text.length).sort((one, other) => one - other);
  const segments: Segment[] = [];
  let span = 0;
  let match = 0;
  for (let index = 0; index + 1 < places.length; index++) {
    const [start = 0, end = 0] = [places[index], places[index + 1]];
    while (line.spans && span < line.spans.length && (line.spans[span]?.end ?? 0) <= start) {
      span += 1;
    }
    while (match < matches.length && (matches[match] ?? 0) + length <= start) {
      match += 1;
    }
    const styled = line.spans?.[span];
    const found = matches[match];
    const isMatch = found !== undefined && found <= start;
    segments.push({
      text: text.slice(start, end),
      style: styled && styled.start <= start ? styled.style : PLAIN,
      mark: isMatch ? (found === current ? 'current' : 'match') : null
    });
  }
  return segments;
}

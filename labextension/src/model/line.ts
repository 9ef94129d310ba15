import { isSameStyle, PLAIN, type Span, type Style } from './ansi';

/** One line of a log, which a terminal may still write over. */
export interface Line {
  readonly text: string;
  /** `null`: all of it is plain. */
  readonly spans: readonly Span[] | null;
  readonly stream: string;
  readonly at: string;
}

/** The line with `text` written over what stands at `column`, as a terminal would. */
export function write(line: Line, column: number, text: string, style: Style): Line {
  if (column === line.text.length) {
    return append(line, text, style);
  }
  const padded = column > line.text.length ? line.text.padEnd(column) : line.text;
  const end = column + text.length;
  const whole = padded.slice(0, column) + text + padded.slice(end);
  if (line.spans === null && style === PLAIN) {
    return { ...line, text: whole };
  }
  const before = clip(line.spans ?? [], 0, column);
  const after = clip(line.spans ?? [], end, whole.length);
  const written = style === PLAIN || text === '' ? [] : [{ start: column, end, style }];
  const spans = join([...before, ...written, ...after]);
  return { ...line, text: whole, spans: spans.length > 0 ? spans : null };
}

/** By far the most frequent way to write. */
function append(line: Line, text: string, style: Style): Line {
  const { text: before, spans, stream, at } = line;
  if (style === PLAIN || text === '') {
    return { text: before + text, spans, stream, at };
  }
  const end = before.length + text.length;
  const last = spans?.at(-1);
  const joined =
    spans && last && last.end === before.length && isSameStyle(last.style, style)
      ? [...spans.slice(0, -1), { start: last.start, end, style }]
      : [...(spans ?? []), { start: before.length, end, style }];
  return { text: before + text, spans: joined, stream, at };
}

/** The line without what stands from `column` on. */
export function eraseFrom(line: Line, column: number): Line {
  if (column >= line.text.length) {
    return line;
  }
  const spans = line.spans && clip(line.spans, 0, column);
  return { ...line, text: line.text.slice(0, column), spans: spans && spans.length > 0 ? spans : null };
}

function clip(spans: readonly Span[], from: number, to: number): Span[] {
  return spans
    .filter(span => span.start < to && span.end > from)
    .map(span => ({ ...span, start: Math.max(span.start, from), end: Math.min(span.end, to) }));
}

function join(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && last.end === span.start && isSameStyle(last.style, span.style)) {
      joined[joined.length - 1] = { ...last, end: span.end };
    } else {
      joined.push(span);
    }
  }
  return joined;
}

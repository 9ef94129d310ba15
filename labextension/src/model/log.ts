import type { LogPiece } from '../api/wire.generated';
import { applyCodes, PLAIN, type Style } from './ansi';
import { eraseFrom, type Line, write } from './line';

/** Streams whose text is written as it is; a piece of any other stands on lines of its own. */
const RAW = new Set(['stdout', 'stderr']);

const BACKSPACE = 8;
const NEW_LINE = 10;
const RETURN = 13;
const ESCAPE = 27;
// eslint-disable-next-line no-control-regex
const SPECIAL = /[\x1b\r\b]/;
/** A sequence that is longer is none. */
const LONGEST_SEQUENCE = 4096;

// What a progress bar begins with when it comes again.
// eslint-disable-next-line no-control-regex
const WRITES_OVER = /^(?:[\r\n\b]|\x1b\[\d*[A-DGK])/;

interface Cursor {
  row: number;
  column: number;
  style: Style;
  /** A sequence of which the end has not come yet. */
  rest: string;
}

/**
 * A log as a terminal shows it: lines with their colours, where progress bars have written over themselves.
 *
 * Grows at the end only, and in place: copying 100,000 lines for each piece would cost more than all the rest.
 * Each stream has its own cursor, so that a bar on stderr is still one bar where stdout prints in between.
 */
export class LogText {
  readonly lines: Line[] = [];

  /** The first line that has changed, or was added, since this was asked last. */
  takeFirstChanged(): number {
    const first = this.firstChanged;
    this.firstChanged = this.lines.length;
    return Math.min(first, this.lines.length);
  }

  append(pieces: readonly LogPiece[]): void {
    for (const piece of pieces) {
      if (RAW.has(piece.stream)) {
        this.appendRaw(piece);
      } else {
        this.cursors.clear();
        this.appendRaw({ ...piece, text: piece.text.replace(/\n?$/, '\n') });
        this.cursors.clear();
      }
    }
  }

  private appendRaw(piece: LogPiece): void {
    const cursor = this.cursorFor(piece);
    if (cursor.rest !== '' || SPECIAL.test(piece.text)) {
      const text = cursor.rest + piece.text;
      cursor.rest = '';
      this.appendControlled(cursor, text, piece);
      return;
    }
    // The usual case, and the one that has to be fast.
    let start = 0;
    for (let end = piece.text.indexOf('\n'); end >= 0; end = piece.text.indexOf('\n', start)) {
      this.put(cursor, piece.text.slice(start, end), piece);
      this.newLine(cursor, piece);
      start = end + 1;
    }
    if (start < piece.text.length) {
      this.put(cursor, piece.text.slice(start), piece);
    }
  }

  /** Goes on where the stream stopped, if nothing was printed below it since, or if it is to be written over. */
  private cursorFor(piece: LogPiece): Cursor {
    const known = this.cursors.get(piece.stream);
    const line = known && this.lines[known.row];
    const isOwn = line?.stream === piece.stream;
    if (known && isOwn && (known.row === this.lines.length - 1 || WRITES_OVER.test(piece.text))) {
      return known;
    }
    const cursor = { row: this.lines.length, column: 0, style: known?.style ?? PLAIN, rest: known?.rest ?? '' };
    this.cursors.set(piece.stream, cursor);
    return cursor;
  }

  private appendControlled(cursor: Cursor, text: string, piece: LogPiece): void {
    for (let at = 0; at < text.length;) {
      switch (text.charCodeAt(at)) {
        case NEW_LINE:
          this.newLine(cursor, piece);
          at += 1;
          break;
        case RETURN:
          cursor.column = 0;
          at += 1;
          break;
        case BACKSPACE:
          cursor.column = Math.max(0, cursor.column - 1);
          at += 1;
          break;
        case ESCAPE: {
          const end = endOfSequence(text, at);
          if (end > text.length) {
            cursor.rest = text.length - at < LONGEST_SEQUENCE ? text.slice(at) : '';
            return;
          }
          if (text.charAt(at + 1) === '[') {
            this.control(cursor, text.charAt(end - 1), text.slice(at + 2, end - 1));
          }
          at = end;
          break;
        }
        default: {
          const end = endOfPlain(text, at);
          this.put(cursor, text.slice(at, end), piece);
          at = end;
        }
      }
    }
  }

  private control(cursor: Cursor, letter: string, numbers: string): void {
    if (letter === 'm') {
      cursor.style = styleAfter(cursor.style, numbers);
      return;
    }
    const first = Number.parseInt(numbers, 10) || 0;
    const count = Math.max(1, first);
    switch (letter) {
      case 'A':
        cursor.row = Math.max(0, cursor.row - count);
        break;
      case 'B':
        cursor.row = Math.min(this.lines.length - 1, cursor.row + count);
        break;
      case 'C':
        cursor.column += Math.min(count, 1000);
        break;
      case 'D':
        cursor.column = Math.max(0, cursor.column - count);
        break;
      case 'G':
        cursor.column = Math.min(count, 1000) - 1;
        break;
      case 'K':
        this.erase(cursor, first);
        break;
      default:
        break;
    }
  }

  private erase(cursor: Cursor, how: number): void {
    const line = this.lines[cursor.row];
    if (line && how !== 1) {
      this.replace(cursor.row, eraseFrom(line, how === 2 ? 0 : cursor.column));
    }
  }

  private put(cursor: Cursor, text: string, piece: LogPiece): void {
    const line = this.lines[cursor.row] ?? { text: '', spans: null, stream: piece.stream, at: piece.at };
    this.replace(cursor.row, write(line, cursor.column, text, cursor.style));
    cursor.column += text.length;
  }

  private newLine(cursor: Cursor, piece: LogPiece): void {
    if (cursor.row >= this.lines.length) {
      this.put(cursor, '', piece);
    }
    cursor.row += 1;
    cursor.column = 0;
    const below = this.lines[cursor.row];
    if (below && below.stream !== piece.stream) {
      cursor.row = this.lines.length;
    }
  }

  private replace(row: number, line: Line): void {
    this.lines[row] = line;
    this.firstChanged = Math.min(this.firstChanged, row);
  }

  private readonly cursors = new Map<string, Cursor>();
  private firstChanged = 0;
}

/** Where the sequence that begins at `at` ends; beyond the text, where its end has not come yet. */
function endOfSequence(text: string, at: number): number {
  const kind = text.charAt(at + 1);
  if (kind === '[') {
    let end = at + 2;
    for (let code = text.charCodeAt(end); code >= 0x20 && code <= 0x3f; code = text.charCodeAt(end)) {
      end += 1;
    }
    return end + 1;
  }
  if (kind !== ']') {
    return at + 2;
  }
  // A title or a link; ends with a bell, or with escape and backslash.
  for (let end = at + 2; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 7) {
      return end + 1;
    }
    if (code === ESCAPE) {
      return end + 2;
    }
  }
  return text.length + 1;
}

function endOfPlain(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code <= ESCAPE && (code === NEW_LINE || code === RETURN || code === ESCAPE || code === BACKSPACE)) {
      return end;
    }
  }
  return text.length;
}

/** What a sequence makes of plain text, by its numbers: a log has few colours and many lines. */
const styles = new Map<string, Style>();
const MOST_STYLES = 1000;

function styleAfter(style: Style, numbers: string): Style {
  const known = style === PLAIN ? styles.get(numbers) : undefined;
  if (known) {
    return known;
  }
  const codes = numbers === '' ? [0] : numbers.split(/[;:]/).map(Number);
  const next = applyCodes(style, codes);
  if (style === PLAIN && styles.size < MOST_STYLES) {
    styles.set(numbers, next);
  }
  return next;
}

/** Text with colours, line by line: for a traceback, which comes in one piece. */
export function linesOf(text: string): readonly Line[] {
  const log = new LogText();
  log.append([{ at: '', stream: 'error', text }]);
  return log.lines;
}

import type { LogPiece } from '../api/wire.generated';
import { applyCodes, PLAIN, type Style } from './ansi';
import { eraseFrom, type Line, write } from './line';

/** Streams whose text is written as it is; a piece of any other stands on lines of its own. */
const RAW = new Set(['stdout', 'stderr']);

// A control sequence, a lone control character, or a run of plain text.
// eslint-disable-next-line no-control-regex
const TOKEN = /\x1b\[([0-9;:]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.?|[\r\n\b]|[^\x1b\r\n\b]+/g;
// eslint-disable-next-line no-control-regex
const SPECIAL = /[\x1b\r\b]/;

// What a progress bar begins with when it comes again.
// eslint-disable-next-line no-control-regex
const WRITES_OVER = /^(?:[\r\n\b]|\x1b\[\d*[A-DGK])/;

interface Cursor {
  row: number;
  column: number;
  style: Style;
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
    if (SPECIAL.test(piece.text)) {
      for (const token of piece.text.matchAll(TOKEN)) {
        this.take(cursor, token, piece);
      }
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
    const cursor = { row: this.lines.length, column: 0, style: known?.style ?? PLAIN };
    this.cursors.set(piece.stream, cursor);
    return cursor;
  }

  private take(cursor: Cursor, token: RegExpMatchArray, piece: LogPiece): void {
    const [text, numbers = '', letter] = token;
    if (letter !== undefined) {
      this.control(cursor, letter, numbers);
    } else if (text === '\n') {
      this.newLine(cursor, piece);
    } else if (text === '\r') {
      cursor.column = 0;
    } else if (text === '\b') {
      cursor.column = Math.max(0, cursor.column - 1);
    } else if (!text.startsWith('\x1b')) {
      this.put(cursor, text, piece);
    }
  }

  private control(cursor: Cursor, letter: string, numbers: string): void {
    const codes = numbers === '' ? [] : numbers.split(/[;:]/).map(Number);
    const count = Math.max(1, codes[0] ?? 1);
    switch (letter) {
      case 'm':
        cursor.style = applyCodes(cursor.style, codes.length === 0 ? [0] : codes);
        break;
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
        this.erase(cursor, codes[0] ?? 0);
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
    const line = this.lines[cursor.row];
    if (!line) {
      const spans =
        cursor.style === PLAIN || text === '' ? null : [{ start: 0, end: text.length, style: cursor.style }];
      const row = { text, spans, stream: piece.stream, at: piece.at };
      this.replace(
        cursor.row,
        cursor.column === 0 ? row : write({ ...row, text: '', spans: null }, cursor.column, text, cursor.style)
      );
    } else {
      this.replace(cursor.row, write(line, cursor.column, text, cursor.style));
    }
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

/** Text with colours, line by line: for a traceback, which comes in one piece. */
export function linesOf(text: string): readonly Line[] {
  const log = new LogText();
  log.append([{ at: '', stream: 'error', text }]);
  return log.lines;
}

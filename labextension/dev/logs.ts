import type { LogPiece } from '../src/api/wire.generated';

const known = new Map<string, LogPiece[]>();
const offsets = new Map<string, number[]>();

/** What a node printed: of `join` 100,000 lines, of the others what such code prints. */
export function logPieces(node: string): LogPiece[] {
  const pieces = known.get(node) ?? (node === 'join' ? longLog() : shortLog(node));
  known.set(node, pieces);
  return pieces;
}

/** Where each piece begins in the file, and where the last one ends. */
export function logBytes(node: string): number[] {
  const at = offsets.get(node) ?? [0];
  if (!offsets.has(node)) {
    for (const piece of logPieces(node)) {
      at.push((at.at(-1) ?? 0) + piece.text.length + 70);
    }
    offsets.set(node, at);
  }
  return at;
}

const BASE = Date.now() - 126_000;
const piece = (index: number, stream: string, text: string): LogPiece => ({
  at: new Date(BASE + index * 40).toISOString(),
  stream,
  text
});

function shortLog(node: string): LogPiece[] {
  const bar = (done: number) =>
    `\rfitting: ${String(done * 10).padStart(3)}%|${'█'.repeat(done * 2)}${' '.repeat(20 - done * 2)}| ${done}/10 [00:0${done}<00:0${9 - done}, 1.02it/s]`;
  return [
    piece(0, 'system', `attempt 1 of ${node} begins`),
    piece(1, 'stdout', `reading \u001b[1mflights-2025.parquet\u001b[0m\n612411 rows, 14 columns\n`),
    piece(
      2,
      'stderr',
      "/usr/lib/python3/pandas/core/frame.py:1024: FutureWarning: Downcasting object dtype arrays on .fillna is deprecated and will change in a future version. Call result.infer_objects(copy=False) instead.\n  flights = flights.fillna({'delay': 0})\n"
    ),
    ...Array.from({ length: 11 }, (_, index) =>
      piece(3 + index, 'stderr', index === 10 ? `${bar(9)}` : bar(Math.min(9, index)))
    ),
    piece(
      15,
      'stdout',
      '\u001b[32m✔\u001b[0m joined  \u001b[38;5;208m6 rows\u001b[0m without a partner, \u001b[38;2;120;80;220mtruecolor\u001b[0m, \u001b[41;37m on red \u001b[0m\n'
    ),
    piece(16, 'display', '<Figure size 640x480 with 1 Axes>'),
    piece(17, 'stdout', '{"origin": "FRA", "delay": 12.5}\n'.repeat(12)),
    piece(18, 'error', "\u001b[31mKeyError\u001b[0m: 'boosted'")
  ];
}

function longLog(): LogPiece[] {
  return Array.from({ length: 100_000 }, (_, index) => {
    const level = index % 97 === 0 ? '\u001b[33mWARNING\u001b[0m' : '\u001b[34mINFO\u001b[0m';
    return piece(
      index / 100,
      index % 41 === 0 ? 'stderr' : 'stdout',
      `2026-11-28 12:00:${String(index % 60).padStart(2, '0')} ${level} joined chunk ${index} of 100000: ${(index * 37) % 991} rows\n`
    );
  });
}

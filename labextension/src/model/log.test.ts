import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at } from '../testing/builders';
import { linesOf, LogText } from './log';

const ESC = '\u001b[';

/** The lines of a log after pieces `stdout`, or `STREAM: TEXT`. */
function logOf(...pieces: (string | readonly [string, string])[]): LogText {
  const log = new LogText();
  for (const piece of pieces) {
    const [stream, text] = typeof piece === 'string' ? ['stdout', piece] : piece;
    log.append([{ at: at(0), stream, text }]);
  }
  return log;
}

const texts = (log: LogText) => log.lines.map(line => line.text);

test('pieces hold several lines, or part of one', () => {
  assert.deepEqual(texts(logOf('a\nb', 'c\n', '\n', 'd')), ['a', 'bc', '', 'd']);
});

test('a progress bar is one line, as it was last', () => {
  const log = logOf(
    ['stderr', '  0%|    |'],
    ['stderr', '\r 50%|██  |'],
    ['stderr', '\r100%|████|\n'],
    ['stderr', 'done\n']
  );

  assert.deepEqual(texts(log), ['100%|████|', 'done']);
});

test('what is shorter leaves the rest of what it is written over, until it is erased', () => {
  assert.deepEqual(texts(logOf('12345\rab')), ['ab345']);
  assert.deepEqual(texts(logOf(`12345\rab${ESC}K`)), ['ab']);
  assert.deepEqual(texts(logOf(`12345${ESC}2K\rab`)), ['ab']);
});

test('two bars, one above the other, stay two lines', () => {
  const log = logOf(['stderr', 'outer 0\ninner 0'], ['stderr', `${ESC}A\router 1\n\rinner 1`]);

  assert.deepEqual(texts(log), ['outer 1', 'inner 1']);
});

test('a bar on stderr stays one bar where stdout prints in between', () => {
  const log = logOf(['stderr', ' 10%'], 'epoch 1\n', ['stderr', '\r 90%'], 'epoch 2\n');

  assert.deepEqual(
    log.lines.map(line => [line.stream, line.text]),
    [
      ['stderr', ' 90%'],
      ['stdout', 'epoch 1'],
      ['stdout', 'epoch 2']
    ]
  );
});

test('one stream never writes into a line of the other', () => {
  const log = logOf('a\n', ['stderr', 'warning\n'], `${ESC}32mb${ESC}0m\n`);

  assert.deepEqual(texts(log), ['a', 'warning', 'b']);
});

test('what is no stream stands on lines of its own', () => {
  const log = logOf('part', ['display', '<Figure>'], 'of a line\n', ['error', 'KeyError\n']);

  assert.deepEqual(texts(log), ['part', '<Figure>', 'of a line', 'KeyError']);
});

test('colours are spans of plain text, and go on in the next line and the next piece', () => {
  const log = logOf(`a ${ESC}31mred\nstill`, ` red${ESC}0m b`);

  assert.deepEqual(texts(log), ['a red', 'still red b']);
  assert.deepEqual(log.lines[0]?.spans, [{ start: 2, end: 5, style: { fore: 1 } }]);
  assert.deepEqual(log.lines[1]?.spans, [{ start: 0, end: 9, style: { fore: 1 } }]);
});

test('colours of 256 and of all, bright ones, backgrounds, bold and its end', () => {
  const style = (codes: string) => linesOf(`${ESC}${codes}mx`)[0]?.spans?.[0]?.style;

  assert.deepEqual(style('38;5;9'), { fore: 9 });
  assert.deepEqual(style('38;5;208'), { fore: '#ff8700' });
  assert.deepEqual(style('38;5;244'), { fore: '#808080' });
  assert.deepEqual(style('48;2;1;2;255'), { back: '#0102ff' });
  assert.deepEqual(style('38:5:208'), { fore: '#ff8700' });
  assert.deepEqual(style('1;4;92'), { isBold: true, isUnderlined: true, fore: 10 });
  assert.deepEqual(style('1;38;5;28;01'), { isBold: true, fore: '#008700' });
  assert.equal(style('1;22'), undefined);
});

test('a colour that is written over is gone', () => {
  const [line] = linesOf(`${ESC}31mred${ESC}0m\rab`);

  assert.equal(line?.text, 'abd');
  assert.deepEqual(line?.spans, [{ start: 2, end: 3, style: { fore: 1 } }]);
});

test('links and other sequences leave nothing behind', () => {
  assert.deepEqual(texts(logOf('\u001b]8;;https://example.org\u0007text\u001b]8;;\u0007 \u001b[?25lx')), ['text x']);
});

test('a sequence may be cut in two by the end of a piece', () => {
  const log = logOf(`a ${ESC}3`, '1mred');

  assert.deepEqual(texts(log), ['a red']);
  assert.deepEqual(log.lines[0]?.spans, [{ start: 2, end: 5, style: { fore: 1 } }]);
});

test('the first line that has changed is told once', () => {
  const log = logOf('a\n', 'b\n', 'c');
  log.takeFirstChanged();

  log.append([{ at: at(0), stream: 'stdout', text: 'd\ne\n' }]);

  assert.equal(log.takeFirstChanged(), 2);
  assert.equal(log.takeFirstChanged(), 4);
});

test('a hundred thousand lines are read in well under half a second', () => {
  const pieces = Array.from({ length: 100_000 }, (_, index) => ({
    at: at(0),
    stream: index % 40 === 0 ? 'stderr' : 'stdout',
    text: `12:00:00 ${ESC}34mINFO${ESC}0m chunk ${index} of 100000\n`
  }));

  // Time of the processor, and the best of three: other tests run beside this one.
  const took = [1, 2, 3].map(() => {
    const log = new LogText();
    const began = process.cpuUsage();
    log.append(pieces);
    const { user, system } = process.cpuUsage(began);
    assert.equal(log.lines.length, 100_000);
    return (user + system) / 1000;
  });

  assert.ok(Math.min(...took) < 500, `${took.join(', ')} ms`);
});

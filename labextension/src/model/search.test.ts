import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line } from './line';
import { findMatches, MOST_MATCHES } from './search';
import { LONGEST, segmentsOf } from './segments';
import { lineAt, wrappedStarts } from './wrapping';

const lines = (...texts: string[]): Line[] => texts.map(text => ({ text, spans: null, stream: 'stdout', at: '' }));

test('words are found whatever their case, several times in a line', () => {
  assert.deepEqual(findMatches(lines('Error: error', 'fine', 'ERROR'), 'error'), [
    { row: 0, start: 0 },
    { row: 0, start: 7 },
    { row: 2, start: 0 }
  ]);
  assert.deepEqual(findMatches(lines('a'), ''), []);
});

test('only what has come since is searched, and what has changed is searched anew', () => {
  const known = findMatches(lines('ab', 'a'), 'a');

  assert.deepEqual(findMatches(lines('ab', 'xa', 'a'), 'a', 1, known), [
    { row: 0, start: 0 },
    { row: 1, start: 1 },
    { row: 2, start: 0 }
  ]);
});

test('counting stops where nobody would step through', () => {
  const many = lines(...Array.from({ length: MOST_MATCHES + 50 }, () => 'a'));

  assert.equal(findMatches(many, 'a').length, MOST_MATCHES);
});

test('a line is cut where its style or a match begins or ends', () => {
  const [line] = lines('one two');
  const styled = { ...line!, spans: [{ start: 2, end: 5, style: { fore: 1 } }] };

  assert.deepEqual(
    segmentsOf(styled, [4], 3, 4).map(({ text, style, mark }) => [text, style, mark]),
    [
      ['on', {}, null],
      ['e ', { fore: 1 }, null],
      ['t', { fore: 1 }, 'current'],
      ['wo', {}, 'current']
    ]
  );
});

test('of a line that is too long, its beginning is drawn', () => {
  const [segment] = segmentsOf(lines('x'.repeat(LONGEST + 5))[0]!);

  assert.equal(segment?.text.length, LONGEST + 2);
});

test('wrapped lines take as many rows as they need', () => {
  const starts = wrappedStarts(lines('', 'x'.repeat(10), 'x'.repeat(11), 'x'), 10);

  assert.deepEqual([...starts], [0, 1, 2, 4, 5]);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 99].map(row => lineAt(starts, row)),
    [0, 1, 2, 2, 3, 3]
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effortFor, isCrowded, toDot } from './dot';

const SIZE = { width: 144, height: 36 };
const ROUTED = { splines: 'routed', isFast: false } as const;

test('nodes are numbers, sizes are inches, and there is nothing else in it', () => {
  const dot = toDot([SIZE, SIZE], [{ source: 0, target: 1 }], 'LR', ROUTED);

  assert.match(dot, /^0\[width=2\.000 height=0\.500\]$/m);
  assert.match(dot, /^0->1\[id=0\]$/m);
  assert.match(dot, /rankdir=LR/);
  assert.match(dot, /tailport=e headport=w/);
  assert.deepEqual(dot.match(/label="[^"]+"/g), null);
});

test('edges leave below and arrive above where the graph goes down', () => {
  assert.match(toDot([SIZE], [], 'TB', ROUTED), /rankdir=TB.*\n.*tailport=s headport=n/);
});

test('large and dense graphs are laid out with less effort', () => {
  const cases: [nodes: number, edges: number, expected: ReturnType<typeof effortFor>][] = [
    [50, 75, { splines: 'routed', isFast: false }],
    [10, 45, { splines: 'routed', isFast: false }],
    [500, 750, { splines: 'routed', isFast: true }],
    [100, 350, { splines: 'routed', isFast: true }],
    [200, 2000, { splines: 'own', isFast: true }],
    [2000, 3000, { splines: 'own', isFast: true }],
    [10_000, 9999, null]
  ];
  for (const [nodes, edges, expected] of cases) {
    assert.deepEqual(effortFor(nodes, edges), expected, `${nodes} nodes, ${edges} edges`);
  }
});

test('edges are left out of a crowded graph alone', () => {
  assert.equal(isCrowded(10, 45), false);
  assert.equal(isCrowded(100, 150), false);
  assert.equal(isCrowded(100, 400), true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanView } from '../api/wire.generated';
import { at } from '../testing/builders';
import { elapsedMs, formatBytes, formatDuration, formatWhen } from './durations';
import { chartOf, endOf, formatTick, ticks } from './timeline';

const span = (node: string, from: number, to: number | null, parts: Partial<SpanView> = {}): SpanView => ({
  node,
  kind: 'attempt',
  attempt: 1,
  state: 'succeeded',
  started_at: at(from),
  finished_at: to === null ? null : at(to),
  ...parts
});

test('lanes stand in the order in which their nodes began, bars in the order of time', () => {
  const chart = chartOf({
    run_id: 'run-1',
    spans: [span('b', 5, 9), span('a', 3, 4, { attempt: 2 }), span('a', 0, 2), span('c', 9, 10)],
    critical_path: ['a', 'b'],
    seq: 1
  });

  assert.deepEqual(
    chart?.lanes.map(lane => [lane.node, lane.bars.map(bar => bar.span.attempt), lane.isCritical]),
    [
      ['a', [1, 2], true],
      ['b', [1], true],
      ['c', [1], false]
    ]
  );
  assert.equal(endOf(chart, Date.parse(at(99))) - chart.startMs, 10_000);
});

test('a chart in which something goes on ends now', () => {
  const chart = chartOf({ run_id: 'run-1', spans: [span('a', 0, null)], critical_path: [], seq: 1 });

  assert.equal(endOf(chart!, Date.parse(at(42))) - chart!.startMs, 42_000);
  assert.equal(chartOf({ run_id: 'run-1', spans: [], critical_path: [], seq: 1 }), null);
});

test('ticks are round, and not too many', () => {
  assert.deepEqual(ticks(10_000, 400), [0, 2000, 4000, 6000, 8000, 10000]);
  assert.deepEqual(ticks(7_200_000, 210), [0, 3_600_000, 7_200_000]);
  assert.ok(ticks(30 * 86_400_000, 500).length <= 8);
  assert.deepEqual([0, 500, 30_000, 90_000, 5_400_000].map(formatTick), ['0', '0.5 s', '30 s', '1 m 30 s', '1 h 30 m']);
});

test('durations have two units at most', () => {
  assert.deepEqual([20, 400, 9_990, 12_000, 84_000, 7_380_000, 273_600_000].map(formatDuration), [
    '<0.1 s',
    '0.4 s',
    '9.9 s',
    '12 s',
    '1 m 24 s',
    '2 h 03 m',
    '3 d 4 h'
  ]);
});

test('nothing lasts less than no time, whatever the clocks say', () => {
  assert.equal(elapsedMs(at(10), null, Date.parse(at(9))), 0);
  assert.equal(elapsedMs(null, null, 0), null);
  assert.equal(elapsedMs(at(1), at(3), 0), 2000);
});

test('sizes, and times of another day', () => {
  assert.deepEqual([0, 812, 1_200_000, 612_000_000, 5e15].map(formatBytes), [
    '0 B',
    '812 B',
    '1.2 MB',
    '612 MB',
    '5000 TB'
  ]);
  const noon = Date.parse('2026-11-28T12:00:00');
  assert.ok(!formatWhen('2026-11-28T09:30:00', noon).includes('28'));
  assert.ok(formatWhen('2026-11-27T09:30:00', noon).includes('27'));
});

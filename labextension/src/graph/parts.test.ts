import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, type AnyState } from '../model/states';
import { attemptWords, describe, notes } from './describe';
import { iconAt } from './iconPath';
import { cut, shapeOf } from './measure';
import { lookKey, topologyKey, type GraphNode, type NodeLook } from './model';
import { stripShapes } from './strip';
import { ENGLISH } from '../model/texts';

const CLEAN: GraphNode = { id: 'clean', label: 'clean', kind: 'node', checks: 2 };
const METER = {
  name: 13,
  note: 11,
  key: '',
  nameWidth: (text: string) => text.length * 8,
  noteWidth: (text: string) => text.length * 6
};

test('a node says all that it shows', () => {
  const checks = { passed: 2, failed: 0, warned: 0 };
  const cases: [NodeLook, string][] = [
    [{ state: 'none' }, 'Node clean, not run, 2 checks'],
    [{ state: 'succeeded', duration: '3.2 s', checks }, 'Node clean, succeeded, 3.2 s, 2 checks passed'],
    [
      { state: 'failed', attempt: 2, checks: { passed: 1, failed: 1, warned: 0 }, isEdited: true },
      'Node clean, failed, attempt 2, 1 check failed, 1 check passed, edited since'
    ],
    [
      { state: 'running', progress: { done: 3, total: 5 }, isCritical: true },
      'Node clean, running, 3 of 5 done, 2 checks, on the critical path'
    ]
  ];
  for (const [look, expected] of cases) {
    assert.equal(describe(CLEAN, look, ENGLISH), expected);
  }
});

test('attempts are counted from the second on', () => {
  assert.deepEqual(
    [undefined, 1, 2, 3, 4, 11].map(attempt => attemptWords(attempt, ENGLISH)),
    ['', '', 'attempt 2', 'attempt 3', 'attempt 4', 'attempt 11']
  );
});

test('the second line has ever shorter versions', () => {
  const found = notes({ state: 'succeeded', duration: '1 m 12 s', attempt: 2 }, ENGLISH);

  assert.equal(found[0], 'succeeded · 1 m 12 s · attempt 2');
  found.forEach((note, place) => assert.ok(place === 0 || note.length <= found[place - 1]!.length));
});

test('a text that is too long ends with dots, within its room', () => {
  assert.equal(cut('short', 100, METER.nameWidth), 'short');
  assert.equal(cut('much_too_long', 80, METER.nameWidth), 'much_too_…');
});

test('a node is as large as it has to be whatever its state, within limits', () => {
  const width = (label: string): number => shapeOf({ ...CLEAN, label }, METER).width;
  assert.equal(width('a'), 148);
  assert.ok(width('a_rather_long_name') > 148);
  assert.equal(width('x'.repeat(100)), 280);
  assert.ok(shapeOf({ ...CLEAN, kind: 'each' }, METER).height > shapeOf(CLEAN, METER).height);
});

test('icons are written so that they can be moved', () => {
  for (const { icon } of Object.values(LOOKS)) {
    assert.match(icon, /^[Macvhlz\d.\s-]+$/);
    const kinds = (path: string): string => path.replace(/[^a-zA-Z]/g, '');
    assert.equal(kinds(iconAt(icon, 5, 7)), kinds(icon));
  }
});

test('an icon moves with its beginnings, and its arcs stay arcs', () => {
  assert.equal(iconAt('M4 4l8 8M12 4l-8 8', 10, 100), 'M14 104l8 8M22 104l-8 8');
  assert.equal(iconAt('M8 2a6 6 0 1 1-5.2 3', 0, 10, 0.5), 'M4 11a3 3 0 1 1 -2.6 1.5');
});

test('few children are dots in their order', () => {
  const shapes = stripShapes(['succeeded', 'failed', 'succeeded'], { x: 10, y: 5, room: 100 });

  assert.equal(shapes.get('succeeded'), 'M10 5h6v6h-6zM26 5h6v6h-6z');
  assert.equal(shapes.get('failed'), 'M18 5h6v6h-6z');
});

test('many children are a bar: every state can be seen, and it is as long as there is room', () => {
  const children = [...new Array<AnyState>(999).fill('succeeded'), 'failed' as const];
  const shapes = stripShapes(children, { x: 0, y: 0, room: 100 });
  const widths = [...shapes.values()].map(shape => Number(/h([\d.]+)/.exec(shape)![1]));

  assert.ok(Math.min(...widths) >= 3);
  assert.ok(widths.reduce((sum, width) => sum + width, 0) <= 100);
});

test('what is drawn alike has the same key', () => {
  assert.equal(lookKey({ state: 'running', attempt: 1 }), lookKey({ state: 'running', attempt: undefined }));
  assert.notEqual(lookKey({ state: 'running' }), lookKey({ state: 'running', isEdited: true }));
  const model = { nodes: [CLEAN], edges: [] };
  assert.equal(topologyKey(model), topologyKey({ nodes: [{ ...CLEAN, description: 'other' }], edges: [] }));
  assert.notEqual(topologyKey(model), topologyKey({ nodes: [{ ...CLEAN, label: 'other' }], edges: [] }));
});

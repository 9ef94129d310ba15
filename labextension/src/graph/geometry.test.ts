import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDot } from './dot';
import { curveBetween, parseGeometry, pathOf, pointAt, type Geometry } from './geometry';
import { layout } from './layoutWorker';
import type { Direction } from './model';

const SIZES = [
  { width: 150, height: 46 },
  { width: 200, height: 46 },
  { width: 148, height: 59 },
  { width: 160, height: 46 }
];
const LINKS = [
  { source: 0, target: 1 },
  { source: 1, target: 2 },
  { source: 0, target: 2 },
  { source: 3, target: 2 }
];

async function laidOut(direction: Direction, splines: 'routed' | 'own'): Promise<Geometry> {
  const json = await layout(toDot(SIZES, LINKS, direction, { splines, isFast: false }));
  return parseGeometry(json, SIZES, LINKS, direction, splines);
}

for (const direction of ['LR', 'TB'] as const) {
  for (const splines of ['routed', 'own'] as const) {
    test(`${direction}, ${splines}: nodes keep their sizes, edges join their sides`, async () => {
      const { nodes, curves, width, height } = await laidOut(direction, splines);

      nodes.forEach((box, place) => {
        assert.deepEqual({ width: box.width, height: box.height }, SIZES[place]);
        assert.ok(box.x >= -1 && box.y >= -1 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1);
      });
      LINKS.forEach(({ source, target }, place) => {
        const [from, to] = [nodes[source]!, nodes[target]!];
        const [start, end] = [curves[place]![0]!, curves[place]!.at(-1)!];
        const out =
          direction === 'LR'
            ? { x: from.x + from.width, y: from.y + from.height / 2 }
            : { x: from.x + from.width / 2, y: from.y + from.height };
        const into = direction === 'LR' ? { x: to.x, y: to.y + to.height / 2 } : { x: to.x + to.width / 2, y: to.y };
        assert.ok(Math.hypot(start.x - out.x, start.y - out.y) < 2, `start of ${place}`);
        assert.ok(Math.hypot(end.x - into.x, end.y - into.y) < 2, `end of ${place}`);
        assert.equal((curves[place]!.length - 1) % 3, 0);
      });
    });
  }
}

test('a graph without edges, and one without nodes, have a geometry', async () => {
  const effort = { splines: 'routed', isFast: false } as const;
  const lonely = parseGeometry(await layout(toDot(SIZES, [], 'LR', effort)), SIZES, [], 'LR', 'routed');
  const empty = parseGeometry(await layout(toDot([], [], 'LR', effort)), [], [], 'LR', 'routed');

  assert.equal(new Set(lonely.nodes.map(({ x, y }) => `${x} ${y}`)).size, 4);
  assert.deepEqual([empty.width, empty.height], [0, 0]);
});

test('an edge is one path: the line, and an arrow head at its end', () => {
  const curve = curveBetween({ x: 0, y: 0, width: 100, height: 40 }, { x: 200, y: 0, width: 100, height: 40 }, 'LR');

  assert.match(pathOf(curve), /^M100 20C150 20 150 20 200 20M200 20L\S+ \S+M200 20L\S+ \S+$/);
  assert.equal(pathOf([]), '');
});

test('half of a straight curve is its middle', () => {
  const curve = curveBetween({ x: 0, y: 0, width: 100, height: 40 }, { x: 200, y: 60, width: 100, height: 40 }, 'LR');

  assert.deepEqual(pointAt(curve, 0.5), { x: 150, y: 50 });
  assert.deepEqual(pointAt(curve, 0), { x: 100, y: 20 });
  assert.deepEqual(pointAt(curve, 1), { x: 200, y: 80 });
});

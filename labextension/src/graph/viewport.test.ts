import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailAt, fitted, panned, READABLE, revealed, scrolled, visible, zoomed } from './viewport';

const VIEW = { width: 800, height: 400 };
const WIDE = { width: 4000, height: 300 };
const SMALL = { width: 200, height: 100 };

test('what fits is in the middle, and not enlarged', () => {
  assert.deepEqual(fitted(VIEW, SMALL), { scale: 1, dx: 300, dy: 150 });
});

test('what is too large is all in sight', () => {
  const { x, y, width, height } = visible(fitted(VIEW, WIDE), VIEW);

  assert.ok(x <= 0 && y <= 0 && x + width >= WIDE.width && y + height >= WIDE.height);
});

test('what would be too small to read is seen from its beginning, in the middle of the other axis', () => {
  const { scale, dx, dy } = fitted(VIEW, WIDE, READABLE);

  assert.equal(scale, READABLE);
  assert.equal(dx, 20);
  assert.equal(dy, (VIEW.height - WIDE.height * READABLE) / 2);
  assert.deepEqual(fitted(VIEW, SMALL, READABLE), fitted(VIEW, SMALL));
});

test('nothing lies below the buttons in the corner: not of what fits, nor at the end of the way, nor what is gone to', () => {
  const clear = VIEW.height - 44;
  for (const height of [300, 330, 360, 400, 2000]) {
    const graph = { width: 300, height };
    const whole = fitted(VIEW, graph);
    assert.ok(whole.dy >= 20 - 1e-6 && whole.dy + height * whole.scale <= clear, `${height}`);
    const begun = fitted(VIEW, graph, READABLE);
    const end = scrolled(begun, { x: 0, y: -9000 }, VIEW, graph);
    assert.ok(end.dy + height * end.scale <= clear, `${height}`);
    const last = { x: 0, y: height - 40, width: 100, height: 40 };
    const shown = revealed(begun, last, VIEW);
    assert.ok(shown.dy + height * shown.scale <= clear, `${height}`);
  }
});

test('zooming keeps the point below the pointer', () => {
  const before = { scale: 0.5, dx: -120, dy: 40 };
  const anchor = { x: 320, y: 110 };
  const after = zoomed(before, 1.3, anchor, VIEW, WIDE);

  const pointBelow = ({ scale, dx, dy }: typeof before): number[] =>
    [(anchor.x - dx) / scale, (anchor.y - dy) / scale].map(value => Math.round(value * 1e6));
  assert.equal(after.scale, 1.3);
  assert.deepEqual(pointBelow(after), pointBelow(before));
});

test('zooming ends at a limit, but the whole graph can always be seen', () => {
  const huge = { width: 200_000, height: 100 };
  assert.equal(zoomed({ scale: 1, dx: 0, dy: 0 }, 99, { x: 0, y: 0 }, VIEW, WIDE).scale, 2.5);
  assert.equal(zoomed({ scale: 1, dx: 0, dy: 0 }, 0.0001, { x: 0, y: 0 }, VIEW, huge).scale, fitted(VIEW, huge).scale);
});

test('however far it is dragged, some of it stays in sight', () => {
  for (const by of [-1e6, 1e6]) {
    const { x, y, width, height } = visible(panned({ scale: 1, dx: 0, dy: 0 }, { x: by, y: by }, VIEW, WIDE), VIEW);
    assert.ok(x < WIDE.width && x + width > 0 && y < WIDE.height && y + height > 0);
  }
});

test('the wheel stops at the ends, and does nothing across what is in sight', () => {
  const start = { scale: 1, dx: 20, dy: 50 };
  assert.deepEqual(scrolled(start, { x: 30, y: 30 }, VIEW, WIDE), start);
  assert.deepEqual(scrolled(start, { x: -100, y: -30 }, VIEW, WIDE), { scale: 1, dx: -80, dy: 50 });
  assert.equal(scrolled(start, { x: -1e6, y: 0 }, VIEW, WIDE).dx, 800 - 20 - 4000);
});

test('the wheel does not bring back what was dragged further', () => {
  assert.equal(scrolled({ scale: 1, dx: 300, dy: 50 }, { x: 10, y: 0 }, VIEW, WIDE).dx, 300);
  assert.equal(scrolled({ scale: 1, dx: 300, dy: 50 }, { x: -10, y: 0 }, VIEW, WIDE).dx, 290);
});

test('a node comes into sight, and one that is there moves nothing', () => {
  const before = { scale: 1, dx: 20, dy: 50 };
  const inSight = { x: 100, y: 100, width: 150, height: 46 };
  assert.deepEqual(revealed(before, inSight, VIEW), before);

  const after = revealed(before, { ...inSight, x: 2000 }, VIEW);
  const { x, width } = visible(after, VIEW);
  assert.ok(x <= 2000 && x + width >= 2150);
});

test('the smaller, the less is shown', () => {
  assert.deepEqual([0.1, 0.4, 1].map(detailAt), ['far', 'middle', 'near']);
});

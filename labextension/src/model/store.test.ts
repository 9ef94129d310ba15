import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch, createStore } from './store';

test('a store tells of changes, and not of what is as it was', () => {
  const store = createStore({ count: 0 });
  let told = 0;
  const stop = store.subscribe(() => (told += 1));

  store.update(state => ({ count: state.count + 1 }));
  store.update(state => state);
  stop();
  store.update(() => ({ count: 9 }));

  assert.equal(told, 1);
  assert.equal(store.get().count, 9);
});

test('what comes after a quiet moment is handed on at once, what follows with the next frame, in order', () => {
  const frames: (() => void)[] = [];
  const seen: (readonly number[])[] = [];
  const batch = new Batch<number>(
    items => seen.push(items),
    run => {
      frames.push(run);
      return () => undefined;
    }
  );

  batch.push(0);
  assert.deepEqual(seen, [], 'whoever makes it may not be ready yet');
  frames[0]?.();
  frames[1]?.();
  [1, 2, 3].forEach(item => batch.push(item));
  assert.deepEqual(seen, [[0], [1]]);
  frames[2]?.();
  assert.deepEqual(seen, [[0], [1], [2, 3]]);
  batch.push(4);
  assert.deepEqual(seen, [[0], [1], [2, 3]], 'the frame after it is not over');
  frames[3]?.();
  frames[4]?.();
  batch.push(5);

  assert.deepEqual(seen, [[0], [1], [2, 3], [4], [5]]);
  assert.equal(frames.length, 6, 'no frame is asked for without need');
});

test('nothing is handed on after the end', () => {
  const frames: (() => void)[] = [];
  const seen: (readonly number[])[] = [];
  const batch = new Batch<number>(
    items => seen.push(items),
    run => {
      frames.push(run);
      return () => undefined;
    }
  );

  batch.push(1);
  batch.dispose();
  frames[0]?.();

  assert.deepEqual(seen, []);
});

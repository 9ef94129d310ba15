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

test('what comes between two frames is handed on together, in order', () => {
  const frames: (() => void)[] = [];
  const seen: (readonly number[])[] = [];
  const batch = new Batch<number>(
    items => seen.push(items),
    run => {
      frames.push(run);
      return () => undefined;
    }
  );

  [1, 2, 3].forEach(item => batch.push(item));
  assert.equal(frames.length, 1);
  frames[0]?.();
  batch.push(4);
  frames[1]?.();

  assert.deepEqual(seen, [[1, 2, 3], [4]]);
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

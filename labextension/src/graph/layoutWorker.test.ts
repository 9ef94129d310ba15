import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layout } from './layoutWorker';
import source from './layoutWorkerSource.generated';

interface Geometry {
  readonly objects: readonly { readonly name: string; readonly pos: string }[];
}

test('a graph gets a position for each node', async () => {
  const geometry = JSON.parse(await layout('digraph { a -> b }')) as Geometry;

  assert.deepEqual(
    geometry.objects.map(({ name }) => name),
    ['a', 'b']
  );
  assert.notEqual(geometry.objects[0]?.pos, geometry.objects[1]?.pos);
});

test('a graph is laid out after one that could not be read', async () => {
  await assert.rejects(layout('digraph {'));

  assert.match(await layout('digraph { a }'), /"pos"/);
});

test('the text of the worker is a module that lays out', async () => {
  const module = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as { layout: typeof layout };

  assert.match(await module.layout('digraph { a }'), /"pos"/);
});

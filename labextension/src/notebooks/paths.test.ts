import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathFrom } from './paths';

test('a file is named as the server names it, whatever notebook the panel stands in', () => {
  assert.equal(pathFrom('page.ipynb', '.', 'etl.ipynb'), 'etl.ipynb');
  assert.equal(pathFrom('a/page.ipynb', '.', 'etl.ipynb'), 'a/etl.ipynb');
  assert.equal(pathFrom('a/page.ipynb', 'b', 'etl.ipynb'), 'a/b/etl.ipynb');
  assert.equal(pathFrom('a/b/page.ipynb', '../c', 'etl.ipynb'), 'a/c/etl.ipynb');
  assert.equal(pathFrom('RTC:a/page.ipynb', '.', 'etl.ipynb'), 'RTC:a/etl.ipynb');
});

test('a file outside of what the server shows has no name', () => {
  assert.equal(pathFrom('page.ipynb', '..', 'etl.ipynb'), null);
  assert.equal(pathFrom('a/page.ipynb', '../../elsewhere', 'etl.ipynb'), null);
});

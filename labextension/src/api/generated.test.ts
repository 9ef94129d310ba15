import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

test('the types of all that travels are those of the schemas', async () => {
  const words = ['-e', "import('./generate.mjs').then(made => process.stdout.write(made.wireTypes()))"];
  const made = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 1 << 26 });

  assert.equal(made.status, 0, made.stderr);
  assert.ok(made.stdout === (await readFile('src/api/wire.generated.ts', 'utf8')), 'stale: npm run generate');
});

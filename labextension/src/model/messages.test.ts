import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

function asked(script: string, ...words: string[]) {
  const run = ['--input-type=module', '-e', `import * as messages from './messages.mjs'; ${script}`, ...words];
  return spawnSync(process.execPath, run, { encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** The texts of one module, or why they cannot be known. */
async function textsOf(source: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'texts-'));
  try {
    await writeFile(join(folder, 'a.ts'), `declare const t: any; ${source}`);
    const made = asked(
      `import ts from 'typescript';
      const folder = process.argv[1] + '/';
      const program = ts.createProgram([folder + 'a.ts'], { strict: true, types: [] });
      console.log(JSON.stringify(messages.merged(messages.textsOf(program, folder))));`,
      folder
    );
    return made.status === 0 ? JSON.parse(made.stdout) : made.stderr;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the template of the catalogues has every text', async () => {
  const made = asked('process.stdout.write(messages.template())');

  assert.equal(made.status, 0, made.stderr);
  const kept = await readFile('../jupyter_dataops/locale/jupyter_dataops.pot', 'utf8');
  assert.ok(made.stdout === kept, 'stale: npm run messages');
});

test('texts are found with their contexts and plurals, and in tables', async () => {
  const found = await textsOf(`
    const WORDS = { a: { word: 'failed' }, b: { word: 'crashed' } } as const;
    export const of = (key: 'a' | 'b') => t.__(WORDS[key].word);
    export const some = [t._n('%1 node', '%1 nodes', 2), t._p('verb', 'Schedule'), t._np('x', 'one', 'many', 2), t.__(\`b\`)];
    export const again = t.__('failed');`);

  assert.deepEqual(found, [
    { id: 'crashed', files: ['a.ts'] },
    { id: 'failed', files: ['a.ts'] },
    { id: '%1 node', plural: '%1 nodes', files: ['a.ts'] },
    { context: 'verb', id: 'Schedule', files: ['a.ts'] },
    { context: 'x', id: 'one', plural: 'many', files: ['a.ts'] },
    { id: 'b', files: ['a.ts'] }
  ]);
});

test('a text that is not known before it runs is an error, and so is one that is counted in one place alone', async () => {
  assert.match(String(await textsOf('export const f = (name: string) => t.__(`Run ${name}`);')), /a\.ts:1: not known/);
  assert.match(
    String(await textsOf("export const a = [t.__('%1 failed'), t._n('%1 failed', '%1 failed', 2)];")),
    /counted/
  );
});

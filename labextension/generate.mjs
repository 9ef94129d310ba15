// What TypeScript knows of the Python package: `npm run generate` asks the package, and writes all three files.
//
//   src/api/wire.generated.json        the schemas of all that travels, as the package says them
//   src/api/operations.generated.ts    the table of operations
//   src/api/wire.generated.ts          types of the schemas, made here by openapi-typescript
//
// `pytest` compares the first two with the package, `npm test` the third with the first: neither needs the other's tools.

import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const SCHEMAS = 'src/api/wire.generated.json';
export const TYPES = 'src/api/wire.generated.ts';

/** The types of the schemas in `SCHEMAS`. */
export function wireTypes() {
  return run(process.execPath, [
    'node_modules/openapi-typescript/bin/cli.js',
    SCHEMAS,
    '--root-types',
    '--root-types-no-schema-prefix',
    '--default-non-nullable=false'
  ]);
}

function run(program, words) {
  const done = spawnSync(program, words, { cwd: HERE, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0) {
    throw new Error(`${program} ${words[0]}: ${done.error ?? done.stderr}`);
  }
  return done.stdout;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  run('python', ['-m', 'jupyter_dataops.service.typescript', 'src/api']);
  await writeFile(new URL(TYPES, import.meta.url), wireTypes());
}

// Bundles what the bundler of JupyterLab does not: `node esbuild.mjs [worker] [widget] [styles] [pages] [tests] [watch] [serve] [--minify] [--only WORD]`.
import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));

const STATIC = '../jupyter_dataops/static';
const { values, positionals: steps } = parseArgs({
  allowPositionals: true,
  options: { minify: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } }
});
const { minify, only: words } = values;
// Without `charset: utf8` the text of the wasm module grows by a fifth.
const common = { bundle: true, charset: 'utf8', format: 'esm', target: 'es2022', logLevel: 'warning', minify };

/** The layout worker as the text of a module: Lab and the widget start it from a blob, and carry the wasm once each. */
async function worker() {
  const entry = 'src/graph/layoutWorker.ts';
  const result = await esbuild.build({ ...common, entryPoints: [entry], write: false, minify: true });
  // The explicit type keeps the text out of the declaration file.
  const module = `const source: string = ${JSON.stringify(result.outputFiles[0].text)};\nexport default source;\n`;
  await writeFile('src/graph/layoutWorkerSource.generated.ts', module);
}

const widgetOptions = {
  ...common,
  entryPoints: [
    { in: 'src/anywidget/index.tsx', out: 'widget' },
    { in: 'style/widget.css', out: 'widget' }
  ],
  outdir: STATIC,
  define: { 'process.env.NODE_ENV': minify ? '"production"' : '"development"' },
  jsx: 'automatic'
};

/** The module and the style sheet that anywidget hands to any notebook front end. */
async function widget() {
  await mkdir(STATIC, { recursive: true });
  await esbuild.build(widgetOptions);
}

const stylesOptions = { ...common, entryPoints: { style: 'style/index.css' }, outdir: 'lib' };

/** The style sheet of the extension as one file: the bundler of JupyterLab carries each as a script, and as it is. */
async function styles() {
  await esbuild.build(stylesOptions);
}

/** Bundles each test, a `*.test.tsx` with a document around it, and runs those whose path has a word of `--only` in it, or all. */
async function tests() {
  await rm('lib-test', { recursive: true, force: true });
  const options = {
    ...common,
    minify: false,
    outdir: 'lib-test',
    outbase: 'src',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    metafile: true,
    jsx: 'automatic'
  };
  const [, pure, views] = await Promise.all([
    esbuild.build({ ...options, entryPoints: ['src/testing/dom.ts'] }),
    esbuild.build({ ...options, entryPoints: ['src/**/*.test.ts'] }),
    // An import of its own, and the first one: React looks for a document when it is loaded.
    esbuild.build({ ...options, entryPoints: ['src/**/*.test.tsx'], banner: { js: "import '#testing/dom';" } })
  ]);
  const outputs = [pure, views].flatMap(({ metafile }) => Object.keys(metafile.outputs));
  const built = outputs.filter(path => path.endsWith('.js'));
  const chosen = built.filter(path => words.length === 0 || words.some(word => path.includes(word)));
  const reporter = words.length === 0 ? 'dot' : 'spec';
  const run = spawn(process.execPath, ['--enable-source-maps', '--test', `--test-reporter=${reporter}`, ...chosen], {
    stdio: 'inherit'
  });
  process.exitCode = await new Promise(resolve => run.on('exit', code => resolve(code ?? 1)));
}

const pagesOptions = { ...common, entryPoints: { graphPage: 'src/testing/graphPage.ts' }, outdir: 'dev/built' };

/** Parts of the front end on pages of their own, without Jupyter: to look at, and to measure. */
async function pages() {
  await esbuild.build(pagesOptions);
}

/** The pages in `dev/`, built anew on a change, until interrupted. */
async function serve() {
  await worker();
  const context = await esbuild.context({ ...pagesOptions, sourcemap: 'inline' });
  await context.watch();
  const { port } = await context.serve({ servedir: '.', host: '127.0.0.1' });
  console.log(`http://127.0.0.1:${port}/dev/graph.html?graph=example`);
}

/** Rebuilds everything on a change, until interrupted. */
async function watch() {
  await worker();
  for (const options of [widgetOptions, stylesOptions]) {
    const context = await esbuild.context({ ...options, logLevel: 'info' });
    await context.watch();
  }
  const start = (command, ...args) => spawn(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  start('npx', 'tsc', '--watch', '--preserveWatchOutput', '--sourceMap');
  start('npm', 'run', 'bundle', '--', '--development', '--watch', '.');
}

const STEPS = { worker, widget, styles, pages, tests, watch, serve };
for (const name of steps) {
  if (!(name in STEPS)) {
    console.error(`No such step: ${name}. There are: ${Object.keys(STEPS).join(', ')}.`);
    process.exit(2);
  }
  await STEPS[name]();
}

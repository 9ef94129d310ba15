// The components in a browser, without Jupyter and Python: `node dev/serve.mjs [PORT]`, or `node dev/serve.mjs build FOLDER`.
import { cp, mkdir } from 'node:fs/promises';
import { fileURLToPath, URL } from 'node:url';
import * as esbuild from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const [first = '0', folder] = process.argv.slice(2);
const outdir = folder ?? `${here}built`;

await mkdir(outdir, { recursive: true });
await cp(`${here}index.html`, `${outdir}/index.html`);
const options = {
  entryPoints: { main: `${here}main.tsx` },
  outdir,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  jsx: 'automatic',
  sourcemap: 'linked',
  logLevel: 'warning'
};
if (first === 'build') {
  // As it is delivered: what is measured on the page is not React's checks.
  await esbuild.build({ ...options, minify: true, define: { 'process.env.NODE_ENV': '"production"' } });
} else {
  const context = await esbuild.context({ ...options, define: { 'process.env.NODE_ENV': '"development"' } });
  await context.watch();
  const { port } = await context.serve({ servedir: outdir, host: '127.0.0.1', port: Number(first) });
  console.log(`http://127.0.0.1:${port}/`);
}

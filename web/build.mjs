// Builds the pages: one script, one style sheet, a catalogue per language, index.html, each with
// its .gz and .br beside it. Names of everything but index.html hold a hash of the content, so that
// browsers may keep them for ever.
//
//   node build.mjs [folder]      default: dist
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));
const LIMIT = 150 * 1024; // bytes of the first load, gzip

// Only what this script makes: the folder may hold files of the build system too.
rmSync(join(out, 'assets'), { recursive: true, force: true });
mkdirSync(join(out, 'assets'), { recursive: true });

function write(name, content) {
  const data = Buffer.from(content);
  writeFileSync(join(out, name), data);
  const gzip = gzipSync(data, { level: 9 });
  writeFileSync(join(out, `${name}.gz`), gzip);
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  writeFileSync(join(out, `${name}.br`), brotliCompressSync(data, brotli));
  return gzip.length;
}

function hashed(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  return `assets/${name.replace(/(\.\w+)$/, `-${hash}$1`)}`;
}

const sizes = {};
function asset(name, content) {
  const path = hashed(name, content);
  sizes[name] = write(path, content);
  return `/${path}`;
}

const locales = {};
for (const file of readdirSync(join(here, 'locales'))) {
  const words = JSON.parse(readFileSync(join(here, 'locales', file), 'utf8'));
  locales[file.replace('.json', '')] = asset(file, JSON.stringify(words));
}
const icons = {};
for (const state of ['normal', 'error', 'service']) {
  icons[state] = asset(`icon-${state}.svg`, readFileSync(join(here, 'icons', `${state}.svg`)));
}

const result = await build({
  entryPoints: [join(here, 'src/main.tsx')],
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  target: ['es2020', 'chrome100', 'firefox102', 'safari15'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outdir: out,
  define: { LOCALE_FILES: JSON.stringify(locales), ICON_FILES: JSON.stringify(icons) },
  legalComments: 'none',
  logLevel: 'warning',
});

const paths = {};
for (const file of result.outputFiles) {
  const kind = file.path.endsWith('.css') ? 'css' : 'js';
  paths[kind] = asset(`app.${kind}`, file.contents);
}
const page = readFileSync(join(here, 'index.html'), 'utf8')
  .replace('{{css}}', paths.css)
  .replace('{{js}}', paths.js)
  .replace('{{icon}}', icons.normal);
const html = write('index.html', page);

const first = html + sizes['app.js'] + sizes['app.css'] + Math.max(...Object.keys(locales).map((l) => sizes[`${l}.json`]));
const kb = (n) => `${(n / 1024).toFixed(1)} KB`;
console.log(`pages: first load ${kb(first)} gzip (script ${kb(sizes['app.js'])}, style ${kb(sizes['app.css'])})`);
if (first > LIMIT) {
  console.error(`pages: the first load is over its limit of ${kb(LIMIT)}`);
  process.exit(1);
}

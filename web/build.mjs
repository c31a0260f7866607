// Builds the pages: the script of the first load and one for each page that is loaded when it is
// asked for, one style sheet, a catalogue per language, index.html, each with its .gz and .br beside
// it. Names of everything but index.html hold a hash of the content, so that browsers may keep them
// for ever.
//
//   node build.mjs [folder]      default: dist
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
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

const entry = join(here, 'src/main.tsx');
const result = await build({
  absWorkingDir: here,
  entryPoints: [entry],
  bundle: true,
  splitting: true,
  write: false,
  minify: true,
  metafile: true,
  format: 'esm',
  target: ['es2020', 'chrome100', 'firefox102', 'safari15'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outdir: join(out, 'assets'),
  entryNames: 'app-[hash]',
  chunkNames: '[name]-[hash]',
  define: { LOCALE_FILES: JSON.stringify(locales), ICON_FILES: JSON.stringify(icons) },
  legalComments: 'none',
  logLevel: 'warning',
});

const zipped = {}; // size by the name that esbuild's own lists use
for (const file of result.outputFiles) {
  zipped[relative(here, file.path)] = write(`assets/${basename(file.path)}`, file.contents);
}
const outputs = result.metafile.outputs;
const main = Object.keys(outputs).find((name) => outputs[name].entryPoint === relative(here, entry));
const style = outputs[main].cssBundle;

// What the browser needs before the first page shows: the script and what it imports at once.
function needed(name, seen = new Set()) {
  seen.add(name);
  for (const { path, kind } of outputs[name].imports) {
    if (kind === 'import-statement' && !seen.has(path)) {
      needed(path, seen);
    }
  }
  return [...seen];
}
const scripts = needed(main);
const sum = (names) => names.reduce((total, name) => total + zipped[name], 0);

const address = (name) => `/assets/${basename(name)}`;
const page = readFileSync(join(here, 'index.html'), 'utf8')
  .replace('{{css}}', address(style))
  .replace('{{js}}', address(main))
  .replace('{{preload}}', scripts.slice(1).map((name) => `<link rel="modulepreload" href="${address(name)}" />`).join('\n    '))
  .replace('{{icon}}', icons.normal);
const html = write('index.html', page);

const first = html + sum(scripts) + zipped[style] + Math.max(...Object.keys(locales).map((l) => sizes[`${l}.json`]));
const all = sum(Object.keys(zipped));
const kb = (n) => `${(n / 1024).toFixed(1)} KB`;
console.log(`pages: first load ${kb(first)} gzip (script ${kb(sum(scripts))}, style ${kb(zipped[style])}), all scripts and styles ${kb(all)}`);
if (first > LIMIT) {
  console.error(`pages: the first load is over its limit of ${kb(LIMIT)}`);
  process.exit(1);
}

// Bundles the pages into the directory given as argument; prints what it made as JSON.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';

const outdir = process.argv[2];
const common = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none', // licenses.txt has them whole
  logLevel: 'warning',
  metafile: true,
  outdir,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  define: { 'process.env.NODE_ENV': '"production"' },
};

// GraphiQL's stylesheet has Monaco's inside already.
const withoutMonacoStyles = {
  name: 'without-monaco-styles',
  setup(build) {
    build.onLoad({ filter: /monaco-editor[\\/].*\.css$/ }, () => ({ contents: '', loader: 'css' }));
  },
};

// Fonts written into a stylesheet become files of their own: the policy needs no data: fonts,
// and a browser fetches only those it shows.
const fontsAsFiles = {
  name: 'fonts-as-files',
  setup(build) {
    const fonts = new Map();
    build.onLoad({ filter: /style\.css$/ }, ({ path }) => {
      const css = readFileSync(path, 'utf8');
      const contents = css.replace(
        /url\(data:font\/(\w+);base64,([^)]+)\)/g,
        (_match, format, data) => {
          const name = `font:${fonts.size}.${format}`;
          fonts.set(name, Buffer.from(data, 'base64'));
          return `url(${name})`;
        },
      );
      return { contents, loader: 'css' };
    });
    build.onResolve({ filter: /^font:/ }, ({ path }) => ({ path, namespace: 'font' }));
    build.onLoad({ filter: /.*/, namespace: 'font' }, ({ path }) => ({
      contents: fonts.get(path),
      loader: 'file',
    }));
  },
};

const workers = await esbuild.build({
  ...common,
  entryPoints: {
    'editor.worker': 'node_modules/monaco-editor/esm/vs/editor/editor.worker.js',
    'json.worker': 'node_modules/monaco-editor/esm/vs/language/json/json.worker.js',
    'graphql.worker': 'node_modules/monaco-graphql/esm/graphql.worker.js',
  },
});
const page = await esbuild.build({
  ...common,
  entryPoints: ['explorer.jsx', 'icon.svg'],
  splitting: true,
  jsx: 'automatic',
  loader: { '.svg': 'copy' },
  // GraphiQL imports these by an old name that leads to CommonJS, whose named exports get lost
  // when a chunk is split off: "Prettify" would fail.
  alias: {
    'prettier/parser-babel': 'prettier/plugins/babel',
    'prettier/parser-graphql': 'prettier/plugins/graphql',
  },
  plugins: [withoutMonacoStyles, fontsAsFiles],
  define: {
    ...common.define,
    WORKERS: JSON.stringify({
      editor: made(workers, 'editor.worker', '.js'),
      json: made(workers, 'json.worker', '.js'),
      graphql: made(workers, 'graphql.worker', '.js'),
    }),
  },
});

// A bundle of its own: what the one page has does not make the other larger.
const live = await esbuild.build({
  ...common,
  entryPoints: ['live/live.jsx'],
  jsx: 'automatic',
});

const licenses = collectLicenses([workers, page, live]);
const digest = createHash('sha256').update(licenses).digest('hex').slice(0, 8).toUpperCase();
writeFileSync(join(outdir, `licenses-${digest}.txt`), licenses);

console.log(
  JSON.stringify({
    pages: { explorer: entry(page, 'explorer'), live: entry(live, 'live') },
    icon: made(page, 'icon', '.svg'),
    licenses: `licenses-${digest}.txt`,
  }),
);

function entry(result, name) {
  return { script: made(result, name, '.js'), style: made(result, name, '.css') };
}

function made(result, name, extension) {
  const files = Object.keys(result.metafile.outputs).map((path) => basename(path));
  const file = files.find((file) => file.startsWith(`${name}-`) && file.endsWith(extension));
  if (!file) throw new Error(`esbuild made no ${name}-*${extension}`);
  return file;
}

// The licences of what is bundled must travel with it.
function collectLicenses(results) {
  const folders = new Set();
  for (const { metafile } of results) {
    for (const input of Object.keys(metafile.inputs)) {
      const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
      if (folder) folders.add(folder);
    }
  }
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
      const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join('\n----\n\n');
}

// Bundles the front end into one folder: hashed names, a manifest, icon sprites, compressed copies.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompress, constants, gzip } from "node:zlib";
import { promisify } from "node:util";
import { build } from "esbuild";

const here = import.meta.dirname;
const out = path.resolve(process.argv[2] ?? path.join(here, "../src/maru/static"));
const icons = path.join(here, "node_modules/lucide-static/icons");

// What core itself and most plugins show: one small file that every page caches.
// Every other lucide icon lives in a sprite of its first letter.
const COMMON = `
  arrow-down arrow-left arrow-right arrow-up bell bookmark briefcase building-2 calendar
  calendar-days chart-column check chevron-down chevron-left chevron-right chevron-up
  chevrons-left chevrons-right circle-alert circle-check circle-help circle-user clipboard-list
  clock cloud-off copy download ellipsis external-link eye eye-off file-text filter folder globe
  grip-vertical heart house image inbox info key-round languages layout-dashboard layout-grid
  link list loader-circle lock log-in log-out mail maximize-2 megaphone menu message-square
  minimize-2 minus monitor moon move network newspaper paperclip pencil phone pin plug plus puzzle
  refresh-cw rotate-ccw rotate-cw save scaling search send server-crash settings shield sliders-horizontal
  star sun tag trash-2 triangle-alert upload user user-plus users utensils wifi-off x
`.trim().split(/\s+/);
// What the toolbar of rich text shows, in a sprite of its own: pages without one don't fetch it.
const EDITOR = `
  between-horizontal-start between-vertical-start bold code-xml columns-2 heading-2 heading-3 italic
  list-ordered minus quote redo-2 rows-2 square-code strikethrough table table-columns-split
  table-rows-split underline undo-2 unlink
`.trim().split(/\s+/);
// Names that lucide has since changed, kept because people know them.
const ALIASES = { "alert-triangle": "triangle-alert", home: "house" };

const hashed = (text) => createHash("sha256").update(text).digest("hex").slice(0, 10);

function positions() {
  const run = (letter, from, to) =>
    Array.from({ length: to - from + 1 }, (_, i) => `.${letter}-${from + i}{--${letter}:${from + i}}`);
  return [...run("x", 0, 11), ...run("y", 0, 200), ...run("w", 1, 12), ...run("h", 1, 48)].join("");
}

const generated = {
  name: "generated",
  setup(bundle) {
    bundle.onResolve({ filter: /^generated:positions\.css$/ }, () => ({ path: "positions", namespace: "generated" }));
    bundle.onLoad({ filter: /.*/, namespace: "generated" }, () => ({ contents: positions(), loader: "css" }));
  },
};

async function symbol(name, file = name) {
  const svg = await readFile(path.join(icons, `${file}.svg`), "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
}

async function sprite(names) {
  const parts = await Promise.all(names.map((name) => symbol(name, ALIASES[name] ?? name)));
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- lucide, ISC -->${parts.join("")}</svg>`;
}

async function writeIcons(manifest) {
  const every = (await readdir(icons)).filter((file) => file.endsWith(".svg")).map((file) => file.slice(0, -4));
  const common = [...COMMON, ...Object.keys(ALIASES)].sort();
  const sheets = { icons: common, "icons-editor": EDITOR };
  for (const name of every.sort()) if (![...common, ...EDITOR].includes(name)) (sheets[`icons-${name[0]}`] ??= []).push(name);
  const index = {};
  for (const [sheet, names] of Object.entries(sheets)) {
    const text = await sprite(names);
    manifest[`${sheet}.svg`] = `${sheet}-${hashed(text)}.svg`;
    await writeFile(path.join(out, manifest[`${sheet}.svg`]), text);
    for (const name of names) index[name] = `${sheet}.svg`;
  }
  await writeFile(path.join(out, "icons.json"), JSON.stringify(index));
}

async function bundle(manifest) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { app: "src/app.ts", docs: "src/docs.ts", style: "src/styles/app.css", fonts: "src/styles/fonts.css" },
    outdir: out,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "chrome123", "firefox125", "safari17.5"],
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    assetNames: "fonts/[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file" },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [generated],
  });
  for (const [file, info] of Object.entries(result.metafile.outputs)) {
    if (!info.entryPoint) continue;
    const name = path.basename(file);
    manifest[name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "")] = name;
  }
}

async function mark(manifest) {
  const text = await readFile(path.join(here, "src/mark.svg"));
  manifest["mark.svg"] = `mark-${hashed(text)}.svg`;
  await writeFile(path.join(out, manifest["mark.svg"]), text);
}

async function notices() {
  const packages = { "htmx.org": "LICENSE", "lucide-static": "LICENSE", pretendard: "dist/LICENSE.txt", uplot: "LICENSE" };
  const written = JSON.parse(await readFile(path.join(here, "package.json"), "utf8")).dependencies;
  for (const name of Object.keys(written)) if (name.startsWith("prosemirror-")) packages[name] = "LICENSE";
  for (const name of ["prosemirror-transform", "orderedmap", "rope-sequence", "w3c-keyname"]) packages[name] = "LICENSE";
  const texts = await Promise.all(Object.entries(packages).map(async ([name, file]) =>
    `${name}\n\n${await readFile(path.join(here, "node_modules", name, file), "utf8")}`));
  await writeFile(path.join(out, "LICENSES.txt"), texts.join("\n\n----\n\n"));
}

async function compress() {
  for (const file of await readdir(out)) {
    if (!/\.(js|css|svg)$/.test(file)) continue;
    const bytes = await readFile(path.join(out, file));
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
    await writeFile(path.join(out, `${file}.br`), await promisify(brotliCompress)(bytes, quality));
    await writeFile(path.join(out, `${file}.gz`), await promisify(gzip)(bytes, { level: 9 }));
  }
}

const manifest = {};
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await Promise.all([bundle(manifest), writeIcons(manifest), mark(manifest), notices()]);
await compress();
await writeFile(path.join(out, "manifest.json"), JSON.stringify(manifest, Object.keys(manifest).sort(), 1));

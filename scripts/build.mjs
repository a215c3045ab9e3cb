/**
 * Builds `dist/`: the compiler's output and the data files (profiles) that the code reads beside itself.
 *
 *   node scripts/build.mjs              builds anew
 *   node scripts/build.mjs --if-stale   builds only when something under src/ changed since the last build
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
/** What the last complete build was made of; not in `dist/`, which is published. */
const stamp = join(root, "node_modules", ".cache", "keyturn", "built");
const CONFIGS = ["package.json", "tsconfig.base.json", "tsconfig.build.json"];

const sources = readdirSync(join(root, "src"), { recursive: true })
  .map((name) => join("src", name))
  .filter((name) => statSync(join(root, name)).isFile())
  .toSorted();

/** Names, sizes and times of everything that goes into a build; a deleted file changes it, too. */
function inputs() {
  return [...CONFIGS, ...sources]
    .map((name) => {
      const { size, mtimeMs } = statSync(join(root, name));
      return `${name} ${size} ${mtimeMs}`;
    })
    .join("\n");
}

function isFresh(wanted) {
  return (
    existsSync(dist) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === wanted
  );
}

function compile() {
  const { resolve } = createRequire(import.meta.url);
  const manifest = resolve("typescript/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  const tsc = join(dirname(manifest), bin.tsc);
  const args = [tsc, "-p", join(root, "tsconfig.build.json")];
  return spawnSync(process.execPath, args, { stdio: "inherit" }).status === 0;
}

/**
 * The command line as one file and the parts that only some verbs load: a program of hundreds of small modules starts
 * three times as slowly. It lies beside what it was made from, so that paths relative to the module stay true.
 */
function bundle() {
  const cli = join(dist, "emulator", "cli");
  const { errors } = esbuild.buildSync({
    entryPoints: { "keyturn.bundle": join(cli, "main.js") },
    outdir: cli,
    chunkNames: "bundle-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    // CommonJS inside the bundle asks for Node's own modules.
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  return errors.length === 0;
}

function build() {
  const wanted = inputs();
  if (process.argv.includes("--if-stale") && isFresh(wanted)) return true;
  rmSync(stamp, { force: true });
  rmSync(dist, { recursive: true, force: true });
  if (!compile() || !bundle()) return false;
  for (const name of sources.filter((file) => file.endsWith(".yaml")))
    cpSync(join(root, name), join(dist, name.slice("src/".length)));
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  return true;
}

if (!build()) {
  console.error("Failed to build: the compiler reported errors (above).");
  process.exitCode = 1;
}

/**
 * Reloader's command line as Cobra and pflag read it: which flags a release knows, and what they were set to. A
 * command line that is not understood ends the program.
 *
 * Source: stakater/Reloader v1.0.0 to v1.4.21 internal/pkg/util/util.go (ConfigureReloaderFlags), internal/pkg/cmd/reloader.go;
 *         spf13/pflag flag.go
 * Simplification: Releases of Reloader before 1.0.0 know the flags of 1.0.0.
 * Simplification: Of Reloader's short flags only -h is known to be none of its own: it prints the usage, and any other is unknown.
 */
import { isSince } from "../../../kernel/release.ts";

/** Flags that take true or false may stand without a value. */
type FlagKind = "bool" | "text" | "list";

interface Flag {
  readonly kind: FlagKind;
  /** First release that knows it. */
  readonly since: string;
}

const FIRST = "1.0.0";

/** Two of them disappeared from 1.4.9 for one release, a slip that is left out. */
const FLAGS: ReadonlyMap<string, Flag> = new Map([
  ["auto-annotation", { kind: "text", since: FIRST }],
  ["auto-search-annotation", { kind: "text", since: FIRST }],
  ["configmap-annotation", { kind: "text", since: FIRST }],
  ["enable-ha", { kind: "bool", since: FIRST }],
  ["is-Argo-Rollouts", { kind: "text", since: FIRST }],
  ["log-format", { kind: "text", since: FIRST }],
  ["namespace-selector", { kind: "list", since: FIRST }],
  ["namespaces-to-ignore", { kind: "list", since: FIRST }],
  ["reload-on-create", { kind: "text", since: FIRST }],
  ["reload-strategy", { kind: "text", since: FIRST }],
  ["resources-to-ignore", { kind: "list", since: FIRST }],
  ["search-match-annotation", { kind: "text", since: FIRST }],
  ["secret-annotation", { kind: "text", since: FIRST }],
  ["sync-after-restart", { kind: "bool", since: "1.0.13" }],
  ["resource-label-selector", { kind: "list", since: "1.0.22" }],
  ["auto-reload-all", { kind: "bool", since: "1.0.37" }],
  ["webhook-url", { kind: "text", since: "1.0.41" }],
  ["configmap-auto-annotation", { kind: "text", since: "1.0.76" }],
  ["secret-auto-annotation", { kind: "text", since: "1.0.76" }],
  ["log-level", { kind: "text", since: "1.0.81" }],
  ["reload-on-delete", { kind: "text", since: "1.0.116" }],
  ["enable-pprof", { kind: "bool", since: "1.4.6" }],
  ["pause-deployment-annotation", { kind: "text", since: "1.4.6" }],
  ["pause-deployment-time-annotation", { kind: "text", since: "1.4.6" }],
  ["pprof-addr", { kind: "text", since: "1.4.6" }],
  ["ignored-workload-types", { kind: "list", since: "1.4.8" }],
  ["enable-csi-integration", { kind: "bool", since: "1.4.13" }],
  ["ignore-annotation", { kind: "text", since: "1.4.18" }],
  ["namespaces", { kind: "list", since: "1.4.20" }],
]);

/** What was set, by flag. */
export interface Flags {
  readonly texts: ReadonlyMap<string, string>;
  readonly bools: ReadonlyMap<string, boolean>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/** `error` is what the program prints after `Error: `. */
export type ParsedFlags =
  | { readonly ok: true; readonly flags: Flags }
  | { readonly ok: false; readonly error: string };

/** Reads a command line. Words that are no flags are ignored, and so is everything after `--`. */
export function parseFlags(
  args: readonly string[],
  version: string,
): ParsedFlags {
  const texts = new Map<string, string>();
  const bools = new Map<string, boolean>();
  const lists = new Map<string, readonly string[]>();
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") break;
    if (!word.startsWith("-") || word === "-") continue;
    if (!word.startsWith("--")) return { ok: false, error: shorthand(word) };
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const flag = FLAGS.get(name);
    if (flag === undefined || !isKnown(flag, version))
      return { ok: false, error: unknown(name, word) };
    let value = equals < 0 ? undefined : word.slice(equals + 1);
    if (value === undefined)
      value = flag.kind === "bool" ? "true" : rest.shift();
    if (value === undefined)
      return { ok: false, error: `flag needs an argument: --${name}` };
    if (flag.kind === "text") texts.set(name, value);
    else if (flag.kind === "list")
      lists.set(name, [...(lists.get(name) ?? []), ...listed(value)]);
    else {
      const set = goBool(value);
      if (set === null) return { ok: false, error: notBool(name, value) };
      bools.set(name, set);
    }
  }
  return { ok: true, flags: { texts, bools, lists } };
}

function isKnown({ since }: Flag, version: string): boolean {
  return since === FIRST || isSince(version, since);
}

function unknown(name: string, word: string): string {
  if (name === "help") return "pflag: help requested";
  return name === "" || name.startsWith("-")
    ? `bad flag syntax: ${word}`
    : `unknown flag: --${name}`;
}

function shorthand(word: string): string {
  const letter = word[1]!;
  return letter === "h"
    ? "pflag: help requested"
    : `unknown shorthand flag: '${letter}' in ${word}`;
}

function notBool(name: string, value: string): string {
  const quoted = JSON.stringify(value);
  return `invalid argument ${quoted} for "--${name}" flag: strconv.ParseBool: parsing ${quoted}: invalid syntax`;
}

/** Go's strconv.ParseBool; null for anything else. */
export function goBool(text: string): boolean | null {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  return null;
}

/** One record of comma-separated values, quoted or not. */
function listed(text: string): string[] {
  if (text === "") return [];
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}

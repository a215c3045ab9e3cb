/**
 * Wave's command line as Go's flag package reads it.
 *
 * Source: wave-k8s/wave v0.11.0 cmd/manager/main.go; golang/go src/flag/flag.go
 * Simplification: Wave's webhooks and its leader election are not modelled: --enable-webhooks and --leader-election refuse to start.
 */
import {
  WAVE_SYNC_PERIOD_MS,
  WAVE_UPDATE_BURST,
  WAVE_UPDATE_RATE,
} from "../../defaults.ts";
import { goBool } from "../reloader/flags.ts";
import { goDuration } from "../reloader/go-duration.ts";
import type { WaveOptions } from "./memory.ts";

/** `error` is what the program says when it ends at once. */
export type ReadWaveOptions =
  | { readonly ok: true; readonly options: WaveOptions }
  | { readonly ok: false; readonly error: string };

const BOOLS = ["leader-election", "version", "enable-webhooks", "zap-devel"];
const TEXTS = [
  "leader-election-id",
  "leader-election-namespace",
  "sync-period",
  "update-rate",
  "update-burst",
  "namespaces",
  "kubeconfig",
  "zap-encoder",
  "zap-log-level",
  "zap-stacktrace-level",
  "zap-time-encoding",
];
const NOT_MODELLED = ["leader-election", "version", "enable-webhooks"];

export function readWaveOptions(args: readonly string[]): ReadWaveOptions {
  const set = parse(args);
  if ("error" in set) return { ok: false, error: set.error };
  const on = NOT_MODELLED.find((name) => goBool(set.get(name) ?? "") === true);
  if (on !== undefined) return { ok: false, error: `-${on} is not modelled` };
  const period = goDuration(set.get("sync-period") ?? "10h");
  const rate = Number(set.get("update-rate") ?? WAVE_UPDATE_RATE);
  const burst = Number(set.get("update-burst") ?? WAVE_UPDATE_BURST);
  if (!period.ok || Number.isNaN(rate) || !Number.isInteger(burst))
    return { ok: false, error: "parse error" };
  const namespaces = (set.get("namespaces") ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const options: WaveOptions = {
    syncPeriodMs: period.ms > 0 ? period.ms : WAVE_SYNC_PERIOD_MS,
    updateRate: rate > 0 ? rate : WAVE_UPDATE_RATE,
    updateBurst: burst > 0 ? burst : WAVE_UPDATE_BURST,
    namespaces: namespaces.length === 0 ? null : namespaces,
  };
  return { ok: true, options };
}

/** One or two dashes; the first word that is no flag ends the flags. */
function parse(
  args: readonly string[],
): Map<string, string> | { readonly error: string } {
  const set = new Map<string, string>();
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^--?[^-=]/.test(word)) break;
    const [, name = "", value] = /^--?([^=]+)(?:=(.*))?$/s.exec(word)!;
    if (BOOLS.includes(name)) set.set(name, value ?? "true");
    else if (!TEXTS.includes(name))
      return { error: `flag provided but not defined: -${name}` };
    else {
      const text = value ?? rest.shift();
      if (text === undefined)
        return { error: `flag needs an argument: -${name}` };
      set.set(name, text);
    }
  }
  return set;
}

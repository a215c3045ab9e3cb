/**
 * The words of the timeline: how actors, objects, settings and places are called. Models no real component.
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FileFact, MountFact } from "../../kubelet-sim/facts.ts";
import { pathThrough } from "../trace/file-place.ts";
import { spokenDuration } from "./terminal.ts";

/** Who did it: `driver` with its node, `vault`, `api` … */
export interface Actor {
  readonly role: string;
  readonly node: string | null;
}

export const USER: Actor = { role: "user", node: null };
export const VAULT: Actor = { role: "vault", node: null };
export const API: Actor = { role: "api", node: null };

/** An actor on a node; without the node where none is known. */
export function node(role: string, name: string | null): Actor {
  return { role, node: name === "" ? null : name };
}

/** `node-0` of `node-0/csi-driver`. */
export function nodeOf(fact: Fact): string {
  return fact.at.split("/")[0]!;
}

/** The name without its namespace. */
export function shortName(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf("/") + 1);
}

/** `default/Pod/busybox` as `Pod busybox`. */
export function spokenObject(target: string): string {
  return target.split("/").slice(-2).join(" ");
}

/** `Pod, SecretProviderClass ×2`: the kinds of applied objects in order of appearance. */
export function appliedObjects(targets: readonly string[]): string {
  const kinds = new Map<string, number>();
  for (const target of targets) {
    const kind = target.split("/").at(-2) ?? target;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds]
    .map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`))
    .join(", ");
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function sharedOrdinal(
  contents: readonly { readonly ordinal: number }[],
): number | null {
  const ordinals = new Set(contents.map((content) => content.ordinal));
  return ordinals.size === 1 ? contents[0]!.ordinal : null;
}

export function sameContent(a: FileFact, b: FileFact): boolean {
  return (
    a.path === b.path &&
    a.object === b.object &&
    a.version === b.version &&
    a.form === b.form
  );
}

/** The path of a volume's file in the first container that follows changes of it. */
export function placeOf(
  mounts: readonly MountFact[],
  volume: string,
  file: string,
): string {
  for (const mount of mounts) {
    if (mount.volume !== volume || mount.subPath !== null) continue;
    const path = pathThrough(mount, file);
    if (path !== null) return path;
  }
  return `${volume}/${file}`;
}

/** Text without what varies between failures of one kind: numbers and ids. */
export function alike(text: string): string {
  return text.replace(/[0-9a-f]{8}[0-9a-f-]*|\d+/g, "#");
}

/** A run without its first instance; null when nothing is left. */
export function withoutFirst(fact: Fact): Fact | null {
  const { run } = fact;
  if (run === undefined || run.count < 2) return null;
  const { first, every, count } = run;
  return { ...fact, run: { first: first + every, every, count: count - 1 } };
}

/** Settings that are no durations. */
const COUNTS = new Set(["minor", "pricePer10kOperations"]);

/** `addon.rotationPollInterval: 2m, now 1m`, one for each setting that differs. */
export function settingChanges(
  before: JsonObject,
  after: JsonObject,
): string[] {
  const changes: string[] = [];
  for (const [group, values] of Object.entries(after)) {
    if (!isJsonObject(values)) continue;
    const old = before[group];
    for (const [name, value] of Object.entries(values)) {
      const was = isJsonObject(old) ? old[name] : undefined;
      if (was === value) continue;
      changes.push(
        `${group}.${name}: ${spokenSetting(name, was)}, now ${spokenSetting(name, value)}`,
      );
    }
  }
  return changes;
}

function spokenSetting(name: string, value: JsonValue | undefined): string {
  if (value === undefined) return "unset";
  return typeof value === "number" && !COUNTS.has(name)
    ? spokenDuration(value)
    : String(value);
}

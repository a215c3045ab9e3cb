/**
 * Whether a sink that somebody types exists: a name that neither the scenario nor the run mentions is a mistake, while
 * something declared that never came to exist is an answer.
 *
 * Source: the scenario format, 'Names'
 */
import { KeyturnError } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { byCodeUnit, isJsonObject } from "../../kernel/json.ts";
import type { PlayedScenario, Scenario } from "../index.ts";
import { didYouMean, listNames } from "../profiles/input/nearest-name.ts";
import { problemOf } from "../scenario/judgement.ts";
import type { SecretProviderClasses } from "../trace/classes.ts";
import type { SinkName, Who } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import type { SinkHistory } from "../trace/sink-history.ts";

const OBJECT_KINDS: Readonly<Record<Who["kind"], string>> = {
  pod: "Pod",
  deployment: "Deployment",
  daemonset: "DaemonSet",
  statefulset: "StatefulSet",
};

/** Throws a `KeyturnError` (`BadSink`) with the nearest known name. */
export function refuseUnknownSink(
  sink: SinkName,
  { scenario, sinks, end }: PlayedScenario,
  classes: SecretProviderClasses,
): void {
  const { namespace } = scenario;
  const resolution = sinks.resolve(sink);
  const unfit = problemOf(sink, resolution, namespace);
  if (unfit !== null) throw new KeyturnError("BadSink", unfit);
  const refuse = (what: string, name: string, known: readonly string[]) => {
    const names = [...new Set(known)].sort(byCodeUnit);
    throw new KeyturnError(
      "BadSink",
      `Failed to find ${formatSink(sink, namespace)}: there is no ${what} ${JSON.stringify(name)}${didYouMean(name, names)}\n  known: ${listNames(names, "none")}`,
    );
  };
  if (sink.kind === "secret") {
    const known = secretKeys(scenario, sinks, classes);
    const name = `${sink.namespace}/${sink.secret}/${sink.key}`;
    const short = (key: string) => shorten(key, namespace);
    if (!known.includes(name))
      refuse("key of a Secret", short(name), known.map(short));
  }
  if (sink.kind === "lane") {
    const known = scenario.lanes.flatMap(({ name, spec }) =>
      spec === null ? [] : [name],
    );
    if (!known.includes(sink.lane)) refuse("lane", sink.lane, known);
  }
  if (!("who" in sink)) return;
  if (!resolution.found) {
    const { kind, namespace: scope, name: of } = sink.who;
    const known = appliedObjects(scenario, OBJECT_KINDS[kind]).map(nameOf);
    const name = `${scope}/${of}`;
    const short = (each: string) => shorten(each, namespace);
    if (!known.includes(name)) refuse(kind, short(name), known.map(short));
    return;
  }
  if (sink.kind !== "file") return;
  // A volume that was written without the file, in every pod of that name, never has it.
  const held = resolution.tracks.map(({ pod, place, entries }) =>
    pod === null || place === null || entries.length > 0
      ? null
      : sinks.filesAt(pod.uid, place.volume, end),
  );
  const files = held.flatMap((list) => list ?? []).map(({ path }) => path);
  const wanted = resolution.tracks[0]?.place?.path ?? "";
  if (held.every((list) => list !== null)) refuse("file", wanted, files);
}

/** `NAMESPACE/SECRET/KEY` of all that manifests declare, classes sync, or the run had. */
function secretKeys(
  scenario: Scenario,
  history: SinkHistory,
  classes: SecretProviderClasses,
): string[] {
  const applied = appliedObjects(scenario, "Secret").flatMap((object) =>
    ["data", "stringData"].flatMap((member) => {
      const values = object[member];
      return Object.keys(isJsonObject(values) ? values : {}).map(
        (key) => `${nameOf(object)}/${key}`,
      );
    }),
  );
  const synced = [...classes].flatMap(([spc, keys]) =>
    keys.map(({ secret, key }) => `${spc.split("/")[0]!}/${secret}/${key}`),
  );
  const written = scenario.lanes.flatMap(({ spec }) =>
    spec?.target == null
      ? []
      : [`${spec.target.namespace}/${spec.target.secret}/${spec.target.key}`],
  );
  const held = history.secrets().flatMap(({ namespace, name }) =>
    history
      .secretWrites(namespace, name)
      .flatMap(({ contents }) => contents ?? [])
      .map(({ key }) => `${namespace}/${name}/${key}`),
  );
  return [...applied, ...synced, ...written, ...held];
}

function appliedObjects(scenario: Scenario, kind: string): JsonObject[] {
  const { setup, steps } = scenario;
  return [...setup, ...steps.map(({ command }) => command)].flatMap(
    (command) =>
      command.kind === "apply" && command.object["kind"] === kind
        ? [command.object]
        : [],
  );
}

function nameOf(object: JsonObject): string {
  const { namespace, name } = object["metadata"] as {
    namespace?: string;
    name: string;
  };
  return `${namespace ?? "default"}/${name}`;
}

function shorten(name: string, namespace: string): string {
  const prefix = `${namespace}/`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

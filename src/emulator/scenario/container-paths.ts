/** Which container of a pod has a path, and whether anything can ever stand there. */
import { isMap, isScalar, parseDocument } from "yaml";

import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { didYouMean, listNames } from "../profiles/input/nearest-name.ts";
import type { SinkName, Who } from "../trace/names.ts";
import type { Declared } from "./declared.ts";
import { listAt, valueAt, wordAt } from "./load-context.ts";

type FileSink = Extract<SinkName, { kind: "file" }>;

interface Mount {
  readonly container: string;
  readonly path: string;
  readonly subPath: string | null;
  readonly volume: JsonValue | undefined;
}

export interface NameProblem {
  readonly message: string;
  readonly fix: string;
}

/** Null when the file can be there; else what is wrong and what to write. */
export function fileSinkProblem(
  sink: FileSink,
  declared: Declared,
): NameProblem | null {
  const { who, container, path } = sink;
  const pods = declared.podsOf(who);
  const of = whoText(who);
  const names = [...new Set(pods.flatMap(containerNames))];
  if (container !== null && !names.includes(container))
    return noSuchContainer(of, container, names);
  const mounts = pods
    .flatMap(mountsOf)
    .filter((mount) => container === null || mount.container === container);
  const covering = mounts.filter((mount) => covers(mount, path));
  const holders = [...new Set(covering.map((mount) => mount.container))];
  if (holders.length === 0) {
    const paths = [...new Set(mounts.map((mount) => mount.path))];
    return {
      message: `nothing is mounted at ${path} in ${of}`,
      fix: `its mounts: ${listNames(paths, "none")}`,
    };
  }
  if (holders.length > 1)
    return {
      message: `${path} is in ${holders.length} containers of ${of}: ${listNames(holders, "none")}`,
      fix: `name one, like ${whoName(who)}@${holders[0]}:${path}`,
    };
  return fileNameProblem(sink, covering, declared);
}

/** `the pod "busybox"`, `deployment/web`: for messages. */
export function whoText(who: Who): string {
  return who.kind === "pod" ? `the pod "${who.name}"` : whoName(who);
}

/** As WHO spells it in its own namespace. */
export function whoName({ kind, name }: Who): string {
  return kind === "pod" ? name : `${kind}/${name}`;
}

/** What to say of a container that a pod, or a workload's pods, do not have. */
export function noSuchContainer(
  of: string,
  container: string,
  names: readonly string[],
): NameProblem {
  return {
    message: `${of} has no container "${container}"${didYouMean(container, names)}`,
    fix: `its containers: ${listNames(names, "none")}`,
  };
}

function covers(mount: Mount, path: string): boolean {
  return mount.subPath === null
    ? path.startsWith(mount.path.replace(/\/?$/, "/"))
    : path === mount.path || path.startsWith(mount.path.replace(/\/?$/, "/"));
}

/** Only where all names in the volume are certain; the innermost mount decides. */
function fileNameProblem(
  { who, path }: FileSink,
  covering: readonly Mount[],
  declared: Declared,
) {
  const innermost = covering.reduce((a, b) =>
    b.path.length > a.path.length ? b : a,
  );
  const inside = path.slice(innermost.path.replace(/\/?$/, "/").length);
  const name = [innermost.subPath ?? "", inside]
    .filter((part) => part !== "")
    .join("/");
  if (
    covering.some(
      (mount) => mount.path === innermost.path && mount !== innermost,
    )
  )
    return null;
  const names = fileNames(innermost.volume, who.namespace, declared);
  if (names === null || names.includes(name) || name.startsWith(".."))
    return null;
  return {
    message: `no file "${name}" can appear in ${innermost.path}${didYouMean(name, names)}`,
    fix: `its files: ${listNames(names, "none")}`,
  };
}

/** Null where the names are not certain. */
function fileNames(
  volume: JsonValue | undefined,
  namespace: string,
  declared: Declared,
): string[] | null {
  const projected = valueAt(volume, "projected");
  if (projected !== undefined) {
    const lists = listAt(projected, "sources").map((source) =>
      projectedNames(source, namespace, declared),
    );
    return lists.includes(null) ? null : lists.flatMap((list) => list!);
  }
  const { secret, configMap } = (volume ?? {}) as JsonObject;
  if (secret !== undefined || configMap !== undefined)
    return objectNames(
      { secret, configMap },
      { secretName: "secretName", namespace, declared },
    );
  const spc = valueAt(volume, "csi", "volumeAttributes", "secretProviderClass");
  if (typeof spc !== "string") return null;
  const classes = declared.manifestsOf("SecretProviderClass", namespace, spc);
  const names = classes.map(objectFileNames);
  return names.length === 0 || names.includes(null)
    ? null
    : names.flatMap((list) => list!);
}

/** The files of one source of a projected volume. */
function projectedNames(
  source: JsonValue,
  namespace: string,
  declared: Declared,
): string[] | null {
  const token = wordAt(source, "serviceAccountToken", "path");
  if (token !== "") return [token];
  const fields = listAt(source, "downwardAPI", "items");
  if (fields.length > 0) return fields.map((item) => wordAt(item, "path"));
  const { secret, configMap } = source as JsonObject;
  return objectNames(
    { secret, configMap },
    { secretName: "name", namespace, declared },
  );
}

/** What a Secret or ConfigMap brings: its items, else all of its keys. Null for one that nobody declares. */
function objectNames(
  {
    secret,
    configMap,
  }: {
    readonly secret: JsonValue | undefined;
    readonly configMap: JsonValue | undefined;
  },
  by: {
    /** Where the Secret's name stands. */
    readonly secretName: string;
    readonly namespace: string;
    readonly declared: Declared;
  },
): string[] | null {
  const source = secret ?? configMap;
  const items = listAt(source, "items");
  if (items.length > 0) return items.map((item) => wordAt(item, "path"));
  const { namespace, declared } = by;
  const keys =
    secret === undefined
      ? declared.configMapKeys(namespace, wordAt(source, "name"))
      : declared.secretKeys(namespace, wordAt(source, by.secretName));
  return keys.length > 0 ? keys : null;
}

/**
 * The files of a SecretProviderClass for the Azure provider: alias or name of each object. Null when the names depend
 * on more (history, certificates) or `objects` is not what the provider reads; the run tells then.
 */
function objectFileNames(spc: JsonObject): string[] | null {
  const text = valueAt(spc, "spec", "parameters", "objects");
  if (valueAt(spc, "spec", "provider") !== "azure" || typeof text !== "string")
    return null;
  const entries = listAt(parseText(text), "array");
  const names = entries.map((entry) => {
    const object = typeof entry === "string" ? parseText(entry) : null;
    const of = (key: string) => wordAt(object, key);
    const simple =
      of("objectType") === "secret" && of("objectVersionHistory") === "";
    const name = of("objectAlias") || of("objectName");
    return simple && name !== "" ? name : null;
  });
  return names.length === 0 || names.includes(null) ? null : names.map(String);
}

/** All scalars as text. Null for what is no mapping or no YAML. */
function parseText(text: string): JsonValue {
  const document = parseDocument(text, {
    schema: "failsafe",
    logLevel: "silent",
  });
  if (document.errors.length > 0 || !isMap(document.contents)) return null;
  const entries = document.contents.items.map(({ key, value }) => {
    const plain: unknown = isScalar(value)
      ? value.source
      : (value as { toJSON?: () => unknown } | null)?.toJSON?.();
    return [
      isScalar(key) ? String(key.source) : "",
      (plain ?? null) as JsonValue,
    ];
  });
  return Object.fromEntries(entries) as JsonObject;
}

export function containersOf(pod: JsonObject): readonly JsonValue[] {
  return [
    ...listAt(pod, "spec", "containers"),
    ...listAt(pod, "spec", "initContainers"),
  ];
}

export function containerNames(pod: JsonObject): string[] {
  return containersOf(pod).map((container) => wordAt(container, "name"));
}

function mountsOf(pod: JsonObject): Mount[] {
  const volumes = listAt(pod, "spec", "volumes");
  return containersOf(pod).flatMap((container) =>
    listAt(container, "volumeMounts").map((mount) => {
      const subPath = valueAt(mount, "subPath");
      return {
        container: wordAt(container, "name"),
        path: wordAt(mount, "mountPath"),
        subPath: typeof subPath === "string" && subPath !== "" ? subPath : null,
        volume: volumes.find(
          (volume) => valueAt(volume, "name") === valueAt(mount, "name"),
        ),
      };
    }),
  );
}

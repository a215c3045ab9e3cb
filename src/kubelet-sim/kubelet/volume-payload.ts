/**
 * The files of the volumes that the kubelet itself fills: Secret, ConfigMap, downward API and projected ones. What has to
 * be read comes first, one read after the other; the payload then is a function of what came back.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/{secret,configmap,downwardapi,projected} (SetUpAt, collectData); kubelet.md 4.3, 4.5
 */
import type { ApiObject } from "../../cluster-sim/ports.ts";
import { utf8ToBytes } from "../../kernel/bytes.ts";
import type { ContentRef } from "../../kernel/content.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { Cause } from "../../kernel/trace.ts";
import {
  FS_GROUP_FILE_BITS,
  TOKEN_FILE_MODE,
  VOLUME_FILE_DEFAULT_MODE,
} from "../defaults.ts";
import type { PodFile } from "../node-volumes.ts";
import { cleanPath } from "../pod-fs/index.ts";
import type { ObjectName, PodSpec, PodVolumeSpec } from "../pod-spec.ts";
import { specOf } from "../pod-spec.ts";
import type { NodeIdentity } from "./downward-api.ts";
import { fieldText, resourceText } from "./downward-api.ts";
import type { ObjectRead } from "./object-entry.ts";
import type { FilesOrError } from "./object-payload.ts";
import { objectPayload } from "./object-payload.ts";
import type { TokenRead, TokenWant } from "./service-account-token.ts";
import type { Want, WantRead } from "./source-reader.ts";
import type {
  DownwardApiFile,
  ObjectProjection,
  TokenProjection,
  VolumeProjection,
} from "./volume-sources.ts";

/** What the payload takes beside the reads. */
export interface PayloadContext {
  readonly pod: ApiObject;
  readonly node: NodeIdentity;
  /** Provenance of a text that comes from no object: it is counted by the text's changes. */
  readonly textContent: (name: string, bytes: Uint8Array) => ContentRef;
  /** What made the kubelet write now. */
  readonly trigger: Cause;
}

/** The volume as one projected of a single source, which is how the plugins share their code. */
interface Sources {
  readonly sources: readonly VolumeProjection[];
  readonly defaultMode: number;
}

/** A pod's spec never changes, and its volumes are set up thousands of times. */
const known = new WeakMap<PodVolumeSpec, Sources>();

function sourcesOf(volume: PodVolumeSpec): Sources {
  let sources = known.get(volume);
  if (sources === undefined) {
    sources = makeSources(volume);
    known.set(volume, sources);
  }
  return sources;
}

function makeSources({
  secret,
  configMap,
  downwardAPI,
  projected,
}: PodVolumeSpec): Sources {
  const mode = (defaultMode = VOLUME_FILE_DEFAULT_MODE) => defaultMode;
  if (secret !== undefined) {
    const { secretName: name, defaultMode } = secret;
    return {
      sources: [{ secret: { ...secret, name } }],
      defaultMode: mode(defaultMode),
    };
  }
  if (configMap !== undefined)
    return {
      sources: [{ configMap }],
      defaultMode: mode(configMap.defaultMode),
    };
  if (downwardAPI !== undefined)
    return {
      sources: [{ downwardAPI }],
      defaultMode: mode(downwardAPI.defaultMode),
    };
  return {
    sources: projected?.sources ?? [],
    defaultMode: mode(projected?.defaultMode),
  };
}

/** What to read, in order. */
export function wantsOf(volume: PodVolumeSpec): Want[] {
  return sourcesOf(volume).sources.flatMap((source): Want[] => {
    const object = objectOf(source);
    if (object !== null) return [object];
    const { serviceAccountToken } = source;
    return serviceAccountToken === undefined
      ? []
      : [tokenWant(serviceAccountToken)];
  });
}

function objectOf({ secret, configMap }: VolumeProjection): ObjectName | null {
  if (secret !== undefined) return { kind: "Secret", name: secret.name ?? "" };
  if (configMap === undefined) return null;
  return { kind: "ConfigMap", name: configMap.name ?? "" };
}

function tokenWant(token: TokenProjection): TokenWant {
  return {
    kind: "ServiceAccountToken",
    audience: token.audience ?? "",
    expirationSeconds: token.expirationSeconds ?? null,
  };
}

/** `reads`: the answers to `wantsOf`, in its order. Every error is collected; of two files at one path the later wins. */
export function volumeFiles(
  volume: PodVolumeSpec,
  reads: readonly WantRead[],
  context: PayloadContext,
): FilesOrError {
  const { sources, defaultMode } = sourcesOf(volume);
  const spec = specOf(context.pod);
  const files = new Map<string, PodFile>();
  const errors: string[] = [];
  const rest = [...reads];
  for (const source of sources) {
    const read = needsRead(source) ? rest.shift()! : null;
    const made = filesOf(source, read, { ...context, defaultMode, spec });
    errors.push(...made.errors);
    for (const file of made.files) files.set(cleanPath(file.path), file);
  }
  if (errors.length > 0) return { ok: false, error: aggregate(errors) };
  const bits =
    spec.securityContext?.fsGroup === undefined ? 0 : FS_GROUP_FILE_BITS;
  const all = [...files].sort(([a], [b]) => byCodeUnit(a, b));
  return {
    ok: true,
    files: all.map(([, file]) =>
      bits === 0 ? file : { ...file, mode: file.mode | bits },
    ),
  };
}

function needsRead(source: VolumeProjection): boolean {
  return objectOf(source) !== null || source.serviceAccountToken !== undefined;
}

/** `[e1, e2]`, each text once; a single one stands alone. Source: apimachinery pkg/util/errors/errors.go */
function aggregate(errors: readonly string[]): string {
  const each = [...new Set(errors)];
  return each.length === 1 ? each[0]! : `[${each.join(", ")}]`;
}

interface SourceContext extends PayloadContext {
  readonly defaultMode: number;
  readonly spec: PodSpec;
}

interface Made {
  readonly files: readonly PodFile[];
  readonly errors: readonly string[];
}

function filesOf(
  source: VolumeProjection,
  read: WantRead | null,
  context: SourceContext,
): Made {
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  const object = secret ?? configMap;
  if (object !== undefined)
    return objectFiles(object, read as ObjectRead, context);
  if (serviceAccountToken !== undefined)
    return tokenFile(serviceAccountToken, read as TokenRead, context);
  return downwardFiles(downwardAPI?.items ?? [], context);
}

function objectFiles(
  { items, optional = false }: ObjectProjection,
  read: ObjectRead,
  { defaultMode, trigger }: SourceContext,
): Made {
  if (!read.ok) {
    // A missing optional object has no data at all: its items are then missing, which is no matter either.
    const matters = !(read.notFound && optional);
    return { files: [], errors: matters ? [read.message] : [] };
  }
  const from = read.causes[0] ?? trigger;
  const request = { items, optional, defaultMode, from };
  const payload = objectPayload(read.stored, request);
  return payload.ok
    ? { files: payload.files, errors: [] }
    : { files: [], errors: [payload.error] };
}

function tokenFile(
  { path }: TokenProjection,
  read: TokenRead,
  { defaultMode, spec, trigger }: SourceContext,
): Made {
  if (!read.ok) return { files: [], errors: [read.message] };
  const owned =
    spec.securityContext?.fsGroup !== undefined || fsUserOf(spec) !== null;
  const mode = owned ? TOKEN_FILE_MODE : defaultMode;
  const bytes = utf8ToBytes(read.token);
  const content = { ...read.content, from: trigger };
  return { files: [{ path, bytes, mode, content }], errors: [] };
}

/** The user that owns tokens: the one that every container runs as. Source: pkg/volume/util/util.go (FsUserFrom) */
function fsUserOf(spec: PodSpec): number | null {
  const users = [...(spec.initContainers ?? []), ...spec.containers].map(
    ({ securityContext }) =>
      securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? null,
  );
  return users.every((user) => user === users[0]) ? (users[0] ?? null) : null;
}

function downwardFiles(
  items: readonly DownwardApiFile[],
  context: SourceContext,
): Made {
  const { pod, defaultMode, textContent } = context;
  const { namespace, name } = pod.metadata;
  const files: PodFile[] = [];
  const errors: string[] = [];
  for (const item of items) {
    const { path, mode = defaultMode } = item;
    const text = downwardText(item, context);
    if (text === null) {
      const { containerName } = item.resourceFieldRef!;
      errors.push(`container ${containerName} not found`);
      continue;
    }
    const bytes = utf8ToBytes(text.split("\n").sort(byCodeUnit).join("\n"));
    const field = item.fieldRef?.fieldPath ?? item.resourceFieldRef?.resource;
    const content = textContent(`${namespace}/pod/${name}/${field}`, bytes);
    files.push({ path, bytes, mode, content });
  }
  return { files, errors };
}

function downwardText(
  { fieldRef, resourceFieldRef }: DownwardApiFile,
  { pod, node }: SourceContext,
): string | null {
  if (fieldRef !== undefined) return fieldText(pod, fieldRef, node);
  return resourceFieldRef === undefined
    ? ""
    : resourceText(pod, resourceFieldRef, null);
}

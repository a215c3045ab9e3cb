/**
 * The AtomicWriter, which the kubelet (Secret, ConfigMap, projected volumes) and the CSI driver (a copy of v1.20.6) use to change all files of a
 * volume at one instant. Pure: it plans, `apply-plan.ts` executes.
 *
 * Only content is compared: a new mode alone writes nothing. A write writes every file anew. The copies differ in when the links in the root
 * are made: the driver before `..data` moves (a new name dangles for a moment), the kubelet after (a new name is missing for a moment).
 * Since Kubernetes 1.30 the kubelet also makes missing links when the content is unchanged.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/util/atomic_writer.go (Write)
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 pkg/util/fileutil/atomic_writer.go (Write)
 * Simplification: A volume's files and directories have no owners; with fsGroup callers give each file its final mode.
 * Simplification: visible entries that are not links, left by drivers before v0.0.21, are not looked for.
 * Simplification: a write that fails half-way leaves nothing behind; upstream leaves its new timestamp directory.
 */
import { invariant } from "../../kernel/errors.ts";
import { atomicWriterPathError, firstPathError } from "./path-rules.ts";
import {
  comparePayloads,
  firstDifference,
  overlapError,
  pathsToRemove,
} from "./payload-diff.ts";
import { emptyVolume, topLevelNames } from "./payload.ts";
import type { Payload, PayloadFile, VolumeImage } from "./payload.ts";
import {
  contentOperations,
  linkOperations,
  switchOperations,
} from "./write-plan.ts";
import type { FsOperation, WritePlan } from "./write-plan.ts";

/** The baseline of `reference/kubelet.md`. */
const BASELINE_KUBERNETES_MINOR = 35;
const LINK_REPAIR_SINCE_MINOR = 30;

export interface WriteOptions {
  /** The name of the new directory, from `timestampDirName`. */
  readonly timestampDir: string;
  readonly nowMs: number;
  /** True for the CSI driver, false (the default) for the kubelet. */
  readonly linksBeforeSwitch?: boolean;
  /** The 35 of v1.35; only the kubelet's writer differs by it. */
  readonly kubernetesMinor?: number;
  /** Links that a crash kept from being made; a volume that was written in full misses none. */
  readonly missingLinks?: readonly string[];
  /** The volume's root, for error texts only. */
  readonly targetDir?: string;
}

/** Plans one write; `image` null means that the volume was just mounted. Changes nothing. */
export function planWrite<F extends PayloadFile>(
  image: VolumeImage<F> | null,
  payload: Payload<F>,
  options: WriteOptions,
): WritePlan<F> {
  const before = image ?? emptyVolume<F>(options.nowMs);
  const verdict = judge(before, payload, options);
  if (verdict.error !== null) return idlePlan(before, verdict.error);
  if (!verdict.write) return repairPlan(before, payload, options);
  invariant(
    options.timestampDir !== before.dirName,
    "TimestampDirReused",
    `Failed to plan a write: ${options.timestampDir} is the current directory`,
  );
  return {
    changed: true,
    error: null,
    ...comparePayloads(before.payload, payload),
    operations: writeOperations(before, payload, options),
    image: {
      dirName: options.timestampDir,
      payload,
      mtimeMs: options.nowMs,
      generation: before.generation + 1,
      ...(before.fsGroup === undefined ? {} : { fsGroup: before.fsGroup }),
    },
  };
}

type Verdict = { readonly error: string | null; readonly write: boolean };

/** Steps 1 to 4: may it be written, and must it? */
function judge(
  before: VolumeImage,
  payload: Payload,
  options: WriteOptions,
): Verdict {
  // The same payload again is the usual case, for thousands of volumes each minute: it passed all this before.
  if (before.dirName !== null && before.payload === payload)
    return { error: null, write: false };
  const paths = payload.map(({ path }) => path);
  const pathError = firstPathError(paths, atomicWriterPathError);
  if (pathError !== null) return { error: pathError, write: false };
  const root = options.targetDir === undefined ? "" : `${options.targetDir}/`;
  let write = before.dirName === null;
  if (before.dirName !== null) {
    const difference = firstDifference(before.payload, payload);
    if (difference?.error !== undefined)
      return {
        error: difference.error(`${root}${before.dirName}`),
        write: false,
      };
    write =
      difference !== null || pathsToRemove(before.payload, payload).length > 0;
  }
  return {
    error: write
      ? overlapError(payload, `${root}${options.timestampDir}`)
      : null,
    write,
  };
}

/** Steps 5 to 11 of the driver's writer, 5 to 12 of the kubelet's. */
function writeOperations(
  before: VolumeImage,
  payload: Payload,
  options: WriteOptions,
): FsOperation[] {
  const missing = options.missingLinks ?? [];
  const present = topLevelNames(before.payload).filter(
    (name) => !missing.includes(name),
  );
  const wanted = topLevelNames(payload);
  const links = linkOperations(
    wanted.filter((name) => !present.includes(name)),
  );
  const stale = present.filter((name) => !wanted.includes(name));
  const switching = switchOperations(options.timestampDir);
  return [
    ...contentOperations(payload, options.timestampDir, before.fsGroup),
    ...(options.linksBeforeSwitch === true
      ? [...links, ...switching]
      : [...switching, ...links]),
    ...stale.map((path): FsOperation => ({ op: "unlink", path })),
    ...(before.dirName === null
      ? []
      : [{ op: "removeTree", path: before.dirName } as const]),
  ];
}

/** Nothing differs: only the newer kubelet looks at the links. */
function repairPlan<F extends PayloadFile>(
  before: VolumeImage<F>,
  payload: Payload<F>,
  options: WriteOptions,
): WritePlan<F> {
  const minor = options.kubernetesMinor ?? BASELINE_KUBERNETES_MINOR;
  const missing = options.missingLinks ?? [];
  const repairs =
    options.linksBeforeSwitch !== true && minor >= LINK_REPAIR_SINCE_MINOR
      ? topLevelNames(payload).filter((name) => missing.includes(name))
      : [];
  const plan = idlePlan(before, null);
  if (repairs.length === 0) return plan;
  return {
    ...plan,
    operations: linkOperations(repairs),
    image: { ...before, mtimeMs: options.nowMs },
  };
}

function idlePlan<F extends PayloadFile>(
  image: VolumeImage<F>,
  error: string | null,
): WritePlan<F> {
  return {
    changed: false,
    error,
    added: [],
    updated: [],
    removed: [],
    operations: [],
    image,
  };
}

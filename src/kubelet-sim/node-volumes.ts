/**
 * The volumes of one node's pods, as data: what design 4 calls `{mtime, generation -> shared immutable payload}`. The
 * kubelet and the CSI driver write here, each with its own AtomicWriter; files are laid out when somebody looks.
 *
 * Source: kubernetes/kubernetes pkg/volume/util/atomic_writer.go; csi-driver.md 3.1, kubelet.md 4
 */
import type { ContentRef } from "../kernel/content.ts";
import { contentKey } from "../kernel/content.ts";
import { byCodeUnit } from "../kernel/json.ts";
import type { Component, Simulation } from "../kernel/simulation.ts";
import type { Cause } from "../kernel/trace.ts";
import type { FileFact, ProvenanceFact, VolumeKind } from "./facts.ts";
import type { PayloadFile, VolumeImage, WritePlan } from "./pod-fs/index.ts";
import {
  emptyVolume,
  payloadOf,
  planWrite,
  timestampDirName,
} from "./pod-fs/index.ts";

/** A file with the vault version its bytes came from. */
export interface PodFile extends PayloadFile {
  readonly content: ContentRef;
  /** The API object that the kubelet read them from, `Secret/app-secret`; absent where a provider wrote them. */
  readonly source?: string;
  /** Its resourceVersion at that read. */
  readonly resourceVersion?: string;
}

export interface PodVolume {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly volume: string;
  readonly kind: VolumeKind;
  /** What the pod's draws are named by; absent: `namespace/pod`. */
  readonly lineage?: string;
  /** Set where the pod asks for a group of its own: its bits are on every directory. */
  readonly fsGroup?: number;
  /** On the node's disk and not in memory: a reboot leaves it as it is. */
  readonly onDisk?: boolean;
}

interface MountedVolume extends PodVolume {
  image: VolumeImage<PodFile>;
  /** What was last written or found equal: the bytes of `image`, which may be known to belong to a newer version. */
  files: readonly PodFile[];
  writes: number;
}

/** Sees the steps of a write, in the order in which the real writer takes them. */
export type VolumeObserver = (plan: WritePlan<PodFile>) => void;

export type WriteOutcome =
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly error: string };

export interface WriteRequest {
  readonly files: readonly PodFile[];
  /** The CSI driver's copy of the writer makes links before the switch, the kubelet's after. */
  readonly writer: "kubelet" | "driver";
  readonly kubernetesMinor: number;
  /** What made somebody write now; the provenance of the content is added before it. */
  readonly triggers: readonly Cause[];
  /** Component that writes. */
  readonly at: string;
}

export class NodeVolumes implements Component {
  readonly name: string;
  /** By pod uid, then by volume name. */
  state = new Map<string, Map<string, MountedVolume>>();
  /** Told that a volume's `..data` was moved; set when the node is put together. */
  onSwitched: (uid: string, volume: string) => void = () => {};
  readonly #sim: Simulation;
  /** Who looks at a volume's file system now, by key; not part of the world's state. */
  readonly #observers = new Map<string, Set<VolumeObserver>>();

  constructor(sim: Simulation, node: string) {
    this.name = `${node}/volumes`;
    this.#sim = sim;
  }

  handle(): void {
    // Nothing is ever scheduled for the volumes.
  }

  /** Mounts an empty tmpfs, or makes a directory; a volume that is mounted stays as it is. */
  mount(volume: PodVolume): void {
    const { uid, volume: name, fsGroup } = volume;
    if (this.isMounted(uid, name)) return;
    const volumes = this.state.get(uid) ?? new Map<string, MountedVolume>();
    this.state.set(uid, volumes);
    const image = emptyVolume<PodFile>(this.#sim.now, fsGroup);
    const rest = { image, files: [], writes: 0 };
    volumes.set(name, { ...volume, ...rest });
  }

  /** The volumes of a pod that are mounted, in the order in which they were. */
  volumesOf(uid: string): readonly PodVolume[] {
    return [...(this.state.get(uid)?.values() ?? [])];
  }

  /** The node goes down: what was in memory is gone, what is on its disk stays. `at`: who says so. */
  clear(at: string): void {
    for (const volumes of this.state.values())
      for (const { uid, volume, onDisk } of volumes.values())
        if (onDisk !== true) this.unmount(uid, volume, at);
  }

  isMounted(uid: string, volume: string): boolean {
    return this.state.get(uid)?.has(volume) === true;
  }

  /** Is told of each write of a volume from now on; returns how to stop. */
  observe(uid: string, volume: string, observer: VolumeObserver): () => void {
    const key = `${uid}/${volume}`;
    const observers = this.#observers.get(key) ?? new Set();
    this.#observers.set(key, observers.add(observer));
    return () => void observers.delete(observer);
  }

  imageOf(uid: string, volume: string): VolumeImage<PodFile> | null {
    return this.state.get(uid)?.get(volume)?.image ?? null;
  }

  /** Takes back the mount of a first publish that failed: nobody has seen it. */
  discard(uid: string, volume: string): void {
    const volumes = this.state.get(uid);
    volumes?.delete(volume);
    if (volumes?.size === 0) this.state.delete(uid);
  }

  unmount(uid: string, volume: string, at: string): void {
    const mounted = this.state.get(uid)?.get(volume);
    if (mounted === undefined) return;
    this.discard(uid, volume);
    const { namespace, pod, kind } = mounted;
    // Of an emptyDir no file was ever reported.
    if (kind === "emptyDir") return;
    this.#sim.trace.record({
      type: "volume.unmounted",
      at,
      about: `${namespace}/${pod}`,
      data: { namespace, name: pod, uid, volume },
    });
  }

  /**
   * Writes a payload into a mounted volume, atomically, if a byte differs. Records `volume.switched`, or
   * `volume.verified` when equal bytes turn out to belong to newer versions; nothing when nothing is new.
   */
  write(uid: string, volume: string, request: WriteRequest): WriteOutcome {
    const mounted = this.state.get(uid)!.get(volume)!;
    // The usual case, for each pod at each poll: what was fetched is what is there.
    if (sameFiles(mounted, request.files)) return { ok: true, changed: false };
    const plan = planWrite(mounted.image, payloadOf(request.files), {
      timestampDir: this.#timestampDir(mounted),
      nowMs: this.#sim.now,
      linksBeforeSwitch: request.writer === "driver",
      kubernetesMinor: request.kubernetesMinor,
    });
    if (plan.error !== null) return { ok: false, error: plan.error };
    if (plan.changed) mounted.writes += 1;
    for (const observer of this.#observers.get(`${uid}/${volume}`) ?? [])
      observer(plan);
    const seq = this.#report(mounted, request, plan.changed);
    // From here on these bytes come from this volume: whoever copies them has the switch as their provenance.
    const files = arrivedBy(seq, request.files, mounted.files);
    mounted.files = files;
    mounted.image = { ...plan.image, payload: payloadOf(files) };
    if (plan.changed) this.#tellSwitched(uid, volume);
    return { ok: true, changed: plan.changed };
  }

  /** What they do about it is no cause of what the writer does next. */
  #tellSwitched(uid: string, volume: string): void {
    const { trace } = this.#sim;
    const { causes } = trace;
    this.onSwitched(uid, volume);
    trace.causes = causes;
  }

  #timestampDir(mounted: MountedVolume): string {
    const { namespace, pod, lineage, volume, writes } = mounted;
    const owner = lineage ?? `${namespace}/${pod}`;
    const name = `volume/${owner}/${volume}/dir`;
    return timestampDirName(
      this.#sim.now,
      this.#sim.draws.uint32(name, writes),
    );
  }

  #report(
    mounted: MountedVolume,
    request: WriteRequest,
    switched: boolean,
  ): number {
    const { namespace, pod, uid, volume, kind } = mounted;
    const from = newest(request.files, mounted.files);
    const causes =
      from === null ? request.triggers : [from, ...request.triggers];
    return this.#sim.trace.record({
      type: switched ? "volume.switched" : "volume.verified",
      at: request.at,
      about: `${namespace}/${pod}`,
      causes: withoutDoubles(causes),
      data: {
        namespace,
        name: pod,
        uid,
        volume,
        kind,
        files: request.files
          .map(fileFact)
          .sort((a, b) => byCodeUnit(a.path, b.path)),
      },
    });
  }
}

/** Where a file's bytes come from, as facts say it. */
export function provenanceOf(file: PodFile): ProvenanceFact {
  const { content, source, resourceVersion } = file;
  const { object, version, ordinal, form } = content;
  const fact = { object, version, ordinal, form };
  if (source === undefined || resourceVersion === undefined) return fact;
  return { ...fact, source, resourceVersion };
}

function fileFact(file: PodFile): FileFact {
  return { path: file.path, ...provenanceOf(file) };
}

/** The same paths with the same provenance; a new mode alone makes no difference to the writer. */
function sameFiles(
  { image, files }: MountedVolume,
  wanted: readonly PodFile[],
): boolean {
  if (image.dirName === null || files.length !== wanted.length) return false;
  for (let i = 0; i < files.length; i++) {
    const a = files[i]!;
    const b = wanted[i]!;
    if (a.path !== b.path || !sameContent(a.content, b.content)) return false;
  }
  return true;
}

function sameContent(a: ContentRef, b: ContentRef): boolean {
  return (
    a.version === b.version &&
    a.object === b.object &&
    a.form === b.form &&
    a.ordinal === b.ordinal
  );
}

/** Files whose content is new came with fact `seq`; the others keep where they came from. */
function arrivedBy(
  seq: number,
  files: readonly PodFile[],
  before: readonly PodFile[],
): PodFile[] {
  const known = new Map(
    before.map(({ content }) => [contentKey(content), content]),
  );
  return files.map((file) => ({
    ...file,
    content: known.get(contentKey(file.content)) ?? {
      ...file.content,
      from: seq,
    },
  }));
}

/** Where the first file came from whose content was not there before, else the first file at all. */
function newest(
  files: readonly PodFile[],
  before: readonly PodFile[],
): Cause | null {
  const known = new Set(before.map(({ content }) => contentKey(content)));
  const fresh = files.find(({ content }) => !known.has(contentKey(content)));
  return (fresh ?? files[0])?.content.from ?? null;
}

/** Causes by value, each once, in order. */
export function withoutDoubles(causes: readonly Cause[]): Cause[] {
  const seen = new Set<string>();
  return causes.filter((cause) => {
    const key = String(cause);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/**
 * What the trace tells of mounted CSI volumes: which generation of the driver keeps them fresh, and how old their
 * directories are, which is what a driver from 1.6 on judges a publish by.
 *
 * Source: csi-driver.md 2.3 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { DriverGeneration } from "../../kubelet-sim/index.ts";
import { driverGeneration } from "./defaults.ts";
import { lastInstance } from "./fact-index.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";

/** Of the driver that ran on `node` at `t`; the settings tell where none is known to have run. */
export function generationAt(
  index: FactIndex,
  node: string,
  t: EpochMs,
): DriverGeneration {
  const driver = index.driverAt(node, t);
  return driverGeneration(
    driver?.data.version ?? index.settingsAt(t).driver.version,
  );
}

/** A CSI volume of one pod instance. */
export interface CsiVolumeId {
  readonly uid: string;
  readonly volume: string;
}

/** When the entries of a mounted volume's directory last changed, before or at `t`; null while it is not mounted. */
export function mtimeOf(
  index: FactIndex,
  { uid, volume }: CsiVolumeId,
  t: EpochMs,
): EpochMs | null {
  const own = (fact: {
    readonly t: EpochMs;
    readonly data: { readonly uid: string; readonly volume: string };
  }) => fact.t <= t && fact.data.uid === uid && fact.data.volume === volume;
  const written = index.ofType("volume.switched").findLast(own);
  if (written === undefined) return null;
  const gone = index.ofType("volume.unmounted").findLast(own);
  return gone !== undefined && gone.seq > written.seq ? null : written.t;
}

/** The mounted CSI volume that a pod asked the vault for; null when it is not mounted (any more). */
export function volumeAsking(
  index: FactIndex,
  data: FactNamed<"vault.request">["data"],
  t: EpochMs,
): CsiVolumeId | null {
  const id = volumeThatAsked(index, data, t);
  return id === null || mtimeOf(index, id, t) === null ? null : id;
}

/** Whether a pod asked the vault for a volume that it had lost with its node's memory. */
export function asksAgain(
  index: FactIndex,
  data: FactNamed<"vault.request">["data"],
  t: EpochMs,
): boolean {
  const id = volumeThatAsked(index, data, t);
  return id !== null && mtimeOf(index, id, t) === null;
}

/** Whether a write is the first one of a volume that had been mounted before. */
export function isRemount(
  index: FactIndex,
  { seq, data }: FactNamed<"volume.switched">,
): boolean {
  const own = (fact: {
    readonly seq: number;
    readonly data: { readonly uid: string; readonly volume: string };
  }) =>
    fact.seq < seq &&
    fact.data.uid === data.uid &&
    fact.data.volume === data.volume;
  const gone = index.ofType("volume.unmounted").findLast(own);
  const written = index.ofType("volume.switched").findLast(own);
  return gone !== undefined && gone.seq > (written?.seq ?? -1);
}

function volumeThatAsked(
  index: FactIndex,
  { pod, vault, collection, name }: FactNamed<"vault.request">["data"],
  t: EpochMs,
): CsiVolumeId | null {
  const object = `${vault}/${collection}/${name}`;
  const written = index
    .ofType("volume.switched")
    .findLast(
      ({ data, ...fact }) =>
        fact.t < t &&
        data.kind === "csi" &&
        `${data.namespace}/${data.name}` === pod &&
        data.files.some((file) => file.object === object),
    );
  if (written === undefined) return null;
  const { uid, volume } = written.data;
  return { uid, volume };
}

/** How the last NodePublishVolume of a volume ended by `t`, as a driver from 1.6 on reports it. */
export interface LastPublish {
  readonly t: EpochMs;
  readonly type: (typeof PUBLISHES)[number];
  readonly error: string;
}

const PUBLISHES = [
  "csi.publish.skipped",
  "csi.publish.unchanged",
  "csi.publish.written",
  "csi.publish.masked",
  "csi.publish.failed",
] as const;

export function lastPublish(
  index: FactIndex,
  { uid, volume }: CsiVolumeId,
  t: EpochMs,
): LastPublish | null {
  let last: LastPublish | null = null;
  for (const type of PUBLISHES)
    for (const fact of index.ofType(type)) {
      if (fact.data.uid !== uid || fact.data.volume !== volume) continue;
      const ended = lastInstance(fact, t)?.t;
      if (ended === undefined || (last !== null && ended < last.t)) continue;
      last = { t: ended, type, error: fact.data.error };
    }
  return last;
}

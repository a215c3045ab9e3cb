/**
 * `..data` always resolves, at the level of facts: the files of a volume change only by `volume.switched` of a volume that
 * its pod has, `volume.verified` leaves the same paths, and nothing is written once it was unmounted for good, once the pod
 * is gone, or by a process that does not run. (That a switch itself is atomic is the pod file system's own test.)
 *
 * A volume that was taken down before its pod ends begins anew with a switch: a reboot loses what was in memory, and a
 * writer that fails takes its volume down.
 */
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

type Written = Extract<
  AnyFact,
  { type: "volume.switched" | "volume.verified" }
>;

type VolumeLife = {
  /** Paths as they were switched in, one text; null before the first switch. */
  paths: string | null;
  unmounted: boolean;
};

type PodLife = {
  readonly volumes: Map<string, VolumeLife>;
  /** Its containers are being stopped: what is unmounted now stays so. */
  ending: boolean;
};

interface DataLinkState {
  /** By uid, while the kubelet has the pod. */
  pods: Map<string, PodLife>;
  /** Components that are down: `node-0/kubelet`, `node-0/csi-driver`. */
  down: Set<string>;
}

export class DataLinkResolves implements Invariant {
  readonly name = "data-link-resolves";
  state: DataLinkState = { pods: new Map(), down: new Set() };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { pods } = this.state;
    switch (any.type) {
      case "kubelet.pod.added":
        return this.#added(any);
      case "kubelet.pod.terminating": {
        const pod = pods.get(any.data.uid);
        if (pod !== undefined) pod.ending = true;
        return;
      }
      case "kubelet.pod.gone":
        pods.delete(any.data.uid);
        return;
      case "kubelet.stopped":
      case "csi.driver.stopped":
        this.state.down.add(any.at);
        return;
      case "kubelet.started":
      case "csi.driver.started":
        this.state.down.delete(any.at);
        return;
      case "volume.switched":
      case "volume.verified":
        return this.#written(any);
      case "volume.unmounted":
        return this.#unmounted(any.data);
      default:
        return;
    }
  }

  #added({ data }: FactNamed<"kubelet.pod.added">): void {
    const volumes = data.volumes.map(({ name }) => {
      const life: VolumeLife = { paths: null, unmounted: false };
      return [name, life] as const;
    });
    this.state.pods.set(data.uid, { volumes: new Map(volumes), ending: false });
  }

  #unmounted(data: { readonly uid: string; readonly volume: string }): void {
    const pod = this.state.pods.get(data.uid);
    const life = pod?.volumes.get(data.volume);
    if (pod === undefined || life === undefined) return;
    life.paths = null;
    life.unmounted = pod.ending;
  }

  #written(fact: Written): void {
    const { uid, volume, files } = fact.data;
    const fail = (code: string, why: string) => {
      throw violation(
        code,
        `volume ${volume} of pod uid ${uid} was written ${why}`,
        placeOfFact(fact),
      );
    };
    const life = this.#lifeOf(fact, fail);
    if (life === undefined) return;
    const paths = files.map(({ path }) => path).join("\n");
    if (fact.type === "volume.verified" && paths !== life.paths)
      return fail(
        "FilesWithoutSwitch",
        "with other paths but without a switch",
      );
    life.paths = paths;
  }

  /** The life of a volume that may be written now; else `fail` is told why not. */
  #lifeOf(
    { at, data: { uid, volume } }: Written,
    fail: (code: string, why: string) => void,
  ): VolumeLife | undefined {
    const pod = this.state.pods.get(uid);
    const life = pod?.volumes.get(volume);
    const code = "WrittenWithoutMount";
    if (this.state.down.has(at))
      fail("WrittenByNobody", `by ${at}, which does not run`);
    else if (pod === undefined)
      fail(
        code,
        "while no kubelet has the pod: before it was added or after it was gone",
      );
    else if (life === undefined)
      fail(code, "although the pod has no such volume");
    else if (life.unmounted) fail(code, "after it was unmounted");
    return life;
  }
}

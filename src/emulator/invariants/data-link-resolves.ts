/**
 * `..data` always resolves, at the level of facts: the files of a volume change only by `volume.switched` of a volume
 * that its pod has, `volume.verified` leaves the same paths, and nothing is written once it was unmounted or the pod
 * is gone. (That a switch itself is atomic is the pod file system's own test.)
 */
import type { Fact } from "../../kernel/trace.ts";
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

interface DataLinkState {
  /** By uid, while the kubelet has the pod; then by volume name. */
  pods: Map<string, Map<string, VolumeLife>>;
}

export class DataLinkResolves implements Invariant {
  readonly name = "data-link-resolves";
  state: DataLinkState = { pods: new Map() };

  fact(fact: Fact): void {
    const any = fact as AnyFact;
    const { pods } = this.state;
    switch (any.type) {
      case "kubelet.pod.added":
        pods.set(
          any.data.uid,
          new Map(
            any.data.volumes.map(({ name }) => [
              name,
              { paths: null, unmounted: false },
            ]),
          ),
        );
        return;
      case "kubelet.pod.gone":
        pods.delete(any.data.uid);
        return;
      case "volume.switched":
      case "volume.verified":
        return this.#written(any);
      case "volume.unmounted": {
        const life = pods.get(any.data.uid)?.get(any.data.volume);
        if (life !== undefined) life.unmounted = true;
        return;
      }
      default:
        return;
    }
  }

  #written(fact: Written): void {
    const { uid, volume, files } = fact.data;
    const place = placeOfFact(fact);
    const pod = this.state.pods.get(uid);
    const fail = (code: string, why: string) => {
      throw violation(
        code,
        `volume ${volume} of pod uid ${uid} was written ${why}`,
        place,
      );
    };
    if (pod === undefined)
      return fail(
        "WrittenWithoutMount",
        "while no kubelet has the pod: before it was added or after it was gone",
      );
    const life = pod.get(volume);
    if (life === undefined)
      return fail("WrittenWithoutMount", "although the pod has no such volume");
    if (life.unmounted)
      return fail("WrittenWithoutMount", "after it was unmounted");
    const paths = files.map(({ path }) => path).join("\n");
    if (fact.type === "volume.verified" && paths !== life.paths)
      return fail(
        "FilesWithoutSwitch",
        "with other paths but without a switch",
      );
    life.paths = paths;
  }
}

/**
 * A program whose watch died with the file that it watched, and that went stale since: AtomicWriter replaces what the watch
 * hangs on. Counted is each change of its file that it did not hear of.
 *
 * Source: reloader.md 3.1 and 3.2 of the reference
 */
import { placesOf } from "../trace/file-place.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { MountFact } from "../../kubelet-sim/facts.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences, podObject } from "./finding.ts";

type Program = {
  readonly container: string;
  readonly reads: string;
  deaf: boolean;
  /** What it holds: object and version. */
  held: string;
};

type Pod = {
  readonly mounts: readonly MountFact[];
  /** By container. */
  readonly programs: Map<string, Program>;
};

export class DeafWatcher implements FindingRule {
  readonly description: Description = {
    name: "deaf-watcher",
    title:
      "A watch on a file, or on ..data itself, hears the first change of a mounted secret and none after it.",
    reference:
      "code: kubernetes/kubernetes v1.35 pkg/volume/util/atomic_writer.go (old files are removed, and the watch with them); dotnet/runtime#36091",
  };
  readonly occurrences = new Occurrences();
  /** By uid. */
  readonly #pods = new Map<string, Pod>();

  fact(fact: AnyFact): void {
    switch (fact.type) {
      case "kubelet.pod.added": {
        const { uid, mounts } = fact.data;
        this.#pods.set(uid, { mounts, programs: new Map() });
        return;
      }
      case "kubelet.pod.gone":
        this.#pods.delete(fact.data.uid);
        return;
      case "app.started": {
        const { container, reads } = fact.data;
        const program = { container, reads, deaf: false, held: "" };
        this.#pods.get(fact.data.uid)?.programs.set(container, program);
        return;
      }
      case "app.ended":
        this.#pods.get(fact.data.uid)?.programs.delete(fact.data.container);
        return;
      case "app.holds": {
        const program = this.#programOf(fact.data);
        if (program !== undefined) program.held = keyOf(fact.data);
        return;
      }
      case "app.deaf": {
        const program = this.#programOf(fact.data);
        if (program !== undefined) program.deaf = true;
        return;
      }
      case "volume.switched":
        return this.#switched(fact);
      default:
        return;
    }
  }

  #switched(fact: FactNamed<"volume.switched">): void {
    const { uid, volume, files } = fact.data;
    const pod = this.#pods.get(uid);
    for (const { container, reads, deaf, held } of pod?.programs.values() ??
      []) {
      if (!deaf) continue;
      const [place] = placesOf(pod!.mounts, container, reads);
      if (place?.volume !== volume) continue;
      const file = files.find(({ path }) => path === place.path);
      if (file !== undefined && keyOf(file) !== held)
        this.occurrences.add(podObject(fact.data), fact.t);
    }
  }

  #programOf({
    uid,
    container,
  }: {
    readonly uid: string;
    readonly container: string;
  }): Program | undefined {
    return this.#pods.get(uid)?.programs.get(container);
  }
}

function keyOf({
  object,
  version,
}: {
  readonly object: string;
  readonly version: string;
}): string {
  return `${object} ${version}`;
}

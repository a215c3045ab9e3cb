/**
 * Sinks that go back to an older version: what no-going-back allows the drivers of either generation. Counted once for each
 * key or file and write.
 */
import type { AnyFact } from "../trace/facts.ts";
import type { DriverFiles } from "../invariants/driver-files.ts";
import {
  followDriverFiles,
  newDriverFiles,
} from "../invariants/driver-files.ts";
import type {
  SeenVersions,
  UpstreamFinding,
} from "../invariants/going-back.ts";
import { newSeenVersions, stepsBack } from "../invariants/going-back.ts";
import { overtakenFetch, writeBack } from "../invariants/write-back.ts";
import type { Description, FindingRule } from "./finding.ts";
import { Occurrences, podObject } from "./finding.ts";

/** Steps back that an upstream finding of no-going-back covers. */
class SinksGoBack implements FindingRule {
  readonly description: Description;
  readonly occurrences = new Occurrences();
  readonly #covered: UpstreamFinding;
  readonly #seen: SeenVersions = newSeenVersions();
  readonly #files: DriverFiles = newDriverFiles();

  constructor(
    covered: UpstreamFinding,
    description: Omit<Description, "name">,
  ) {
    this.description = { name: covered.name, ...description };
    this.#covered = covered;
  }

  fact(fact: AnyFact): void {
    followDriverFiles(this.#files, fact);
    for (const step of stepsBack(this.#seen, fact)) {
      if (!this.#covered.covers(step, this.#files)) continue;
      const [namespace = "", pod = ""] = fact.about.split("/");
      const object =
        step.volume === null ? fact.about : podObject({ namespace, name: pod });
      this.occurrences.add(object, fact.t);
    }
  }
}

export class WriteBack extends SinksGoBack {
  constructor() {
    super(writeBack, {
      title:
        "A node whose files are older than a synced Secret writes the old value back.",
      reference:
        "kubernetes-sigs/secrets-store-csi-driver#2057 and #2062 (derived from the code of v1.6.0)",
    });
  }
}

export class OvertakenFetch extends SinksGoBack {
  constructor() {
    super(overtakenFetch, {
      title:
        "A slow fetch that began before a rotation writes the old value over what somebody faster has written.",
      reference:
        "code: kubernetes-sigs/secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go",
    });
  }
}

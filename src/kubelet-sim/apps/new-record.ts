/** A process of an application, or of its sidecar, as it begins: with nothing in memory. */
import { lineageName } from "../../cluster-sim/client/index.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { lineageOf } from "../draw-name.ts";
import { specOf } from "../pod-spec.ts";
import type { ClientIdLookup, RunningContainer } from "../ports.ts";
import { idOf } from "./app-facts.ts";
import { intervalOf } from "./app-kinds.ts";
import type { AppRecord } from "./app-record.ts";
import { newClient } from "./app-record.ts";
import type { AppSpec } from "./app-spec.ts";
import { identityOf } from "./identity.ts";

export function newRecord(
  role: AppRecord["role"],
  spec: AppSpec,
  running: RunningContainer,
  of: { readonly now: EpochMs; readonly clientIdOf: ClientIdLookup },
): AppRecord {
  const { now, clientIdOf } = of;
  const { pod, attempt } = running;
  const { namespace = "", name, uid } = pod.object.metadata;
  const { serviceAccountName = "default" } = specOf(pod.object);
  const container = running.spec.name;
  const lineage = lineageOf(pod);
  const id = idOf({ namespace, name, uid, container });
  return {
    role,
    key: `${uid}/${container}`,
    ...id,
    attempt,
    spec,
    owner: lineageName(pod),
    ...(lineage === undefined ? {} : { lineage }),
    serviceAccount: serviceAccountName,
    identity: identityOf(running, clientIdOf),
    startedAt: now,
    started: 0,
    volume: null,
    held: null,
    presented: null,
    fetchedAt: null,
    nextLookAt: now + (intervalOf(spec) ?? 0),
    unchanged: { ...id, outcome: "unchanged", error: "" },
    useWaits: false,
    requests: 0,
    client: newClient(),
    pass: null,
    loaded: null,
    everLoaded: false,
  };
}

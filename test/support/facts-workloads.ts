/**
 * More of hand-made runs (`facts.ts`): Deployments with their ReplicaSets and pods, Reloader, programs in containers, lanes
 * and databases.
 */
import type { JsonObject } from "../../src/kernel/json.ts";
import { durationMs } from "../../src/kernel/time.ts";
import type { Cause } from "../../src/kernel/trace.ts";
import type { SinkVersion } from "../../src/emulator/trace/versions.ts";
import type { Pod, Run, Version } from "./facts.ts";
import { aMount, aPod } from "./facts.ts";

export const WEB = "default/deployment/web";

/** A pod of Deployment `web`, with `aPod`'s volumes and the variable PASSWORD from Secret app-secret. */
export function aWebPod(suffix: string, parts: Partial<Pod> = {}): Pod {
  return aPod({
    name: `web-${suffix}`,
    workload: WEB,
    environment: [
      {
        container: "busybox",
        variable: "PASSWORD",
        source: "Secret/app-secret",
        key: "mysecret1",
        prefix: "",
      },
    ],
    ...parts,
  });
}

/** A pod with one program, which reads the CSI file. */
export function aReader(name = "reader"): Pod {
  const mountPath = "/mnt/secrets-store";
  return aPod({
    name,
    volumes: [
      { name: "secrets-store", kind: "csi", source: "azure-keyvault-wi" },
    ],
    mounts: [aMount({ volume: "secrets-store", mountPath })],
  });
}

/** What a status says: three pods that all are there, unless said otherwise. */
export function aRollout(parts: JsonObject = {}): JsonObject {
  return {
    wanted: 1,
    updated: 1,
    ready: 1,
    available: 1,
    total: 1,
    revision: "1",
    complete: true,
    paused: false,
    ...parts,
  };
}

/** A write of a workload or one of its ReplicaSets. */
export function writeWorkload(
  run: Run,
  change: "created" | "modified",
  what: string,
  parts: JsonObject = {},
  causes: readonly Cause[] = [],
): number {
  const [kind = "", name = ""] = what.split("/");
  return run.apiObject(
    change,
    kind,
    name,
    { workload: WEB, rollout: aRollout(), ...parts },
    causes,
  );
}

export function createPodObject(
  run: Run,
  pod: Pod,
  causes: readonly Cause[],
): number {
  const { name, uid, workload } = pod;
  const by = "replicaset-controller";
  return run.apiObject("created", "Pod", name, { uid, by, workload }, causes);
}

export function reloader(
  run: Run,
  what: "started" | "stopped" | "leading",
  { leading = true, pod = "reloader-1" } = {},
): number {
  const data = { namespace: "default", pod, version: "1.4.14", leading };
  const places = { at: "reloader", about: `default/${pod}` };
  return run.record(`reloader.${what}`, data, [], places);
}

/** What Reloader decided about Deployment web for the Secret app-secret. */
export function decide(
  run: Run,
  what: "reloaded" | "skipped",
  causes: readonly Cause[],
  parts: JsonObject = {},
): number {
  const data = {
    namespace: "default",
    kind: "Deployment",
    name: "web",
    resource: "SECRET",
    object: "app-secret",
    strategy: "env-vars",
    container: "busybox",
    reason: what === "reloaded" ? "" : "ignored_or_not_selected",
    ...parts,
  };
  const places = { at: "reloader", about: "default/Deployment/web" };
  return run.record(`reloader.${what}`, data, causes, places);
}

export function reloaderEvent(
  run: Run,
  causes: readonly Cause[],
  parts: JsonObject = {},
): number {
  const data = {
    namespace: "default",
    resource: "SECRET",
    name: "app-secret",
    change: "update",
    outcome: "handled",
    scanned: 1,
    matched: 1,
    ...parts,
  };
  const places = { at: "reloader", about: "default/Secret/app-secret" };
  return run.record("reloader.event", data, causes, places);
}

/** A fact about the program of a pod's only container. */
export function app(
  run: Run,
  what: string,
  pod: Pod,
  data: JsonObject = {},
  causes: readonly Cause[] = [],
): number {
  const { namespace, name, uid } = pod;
  const places = {
    at: `${pod.node}/kubelet`,
    about: `${namespace}/${name}`,
  };
  const id = { namespace, name, uid, container: "busybox" };
  return run.record(`app.${what}`, { ...id, ...data }, causes, places);
}

export function startApp(
  run: Run,
  pod: Pod,
  how: string,
  {
    reads = "/mnt/secrets-store/secret1",
    every = null,
  }: { reads?: string; every?: string | null } = {},
): number {
  const everyMs = every === null ? null : durationMs(every);
  return app(run, "started", pod, { app: how, reads, everyMs });
}

export function appHolds(
  run: Run,
  pod: Pod,
  version: SinkVersion,
  causes: readonly Cause[] = [],
  reads = "/mnt/secrets-store/secret1",
): number {
  const { object, version: id, ordinal, form } = version;
  const data = { object, version: id, ordinal, form, reads };
  return app(run, "holds", pod, data, causes);
}

/** Requests to the database `sql` in a run of their own. */
export function useDatabase(
  run: Run,
  pod: Pod,
  version: Version,
  accepted: boolean,
): Cause {
  const { namespace, name, uid } = pod;
  const data = {
    namespace,
    name,
    uid,
    container: "busybox",
    database: "sql",
    accepted,
    object: version.object,
    version: version.version,
    ordinal: version.ordinal,
  };
  return run.repeat(
    "app.request",
    `${namespace}/${name}`,
    data,
    [],
    `${pod.node}/kubelet`,
  );
}

export function switchDatabase(
  run: Run,
  object: string,
  accepts: readonly number[],
  refuses: readonly number[],
): number {
  const data = { database: "sql", object, accepts: [...accepts] };
  const places = { at: "database", about: "sql" };
  return run.record(
    "database.switched",
    { ...data, refuses: [...refuses] },
    [],
    places,
  );
}

/** External Secrets, publishing into Secret eso-password. */
export function startLane(
  run: Run,
  lane: string,
  parts: JsonObject = {},
): number {
  const data = {
    lane,
    kind: "external-secrets",
    vault: "kvdemo",
    secret: "secret1",
    everyMs: durationMs("1h"),
    publishes: "secret",
    target: "default/eso-password/password",
    ...parts,
  };
  return run.record("lane.started", data, [], { at: "lanes", about: lane });
}

export function lanePass(
  run: Run,
  lane: string,
  outcome: string,
  parts: JsonObject = {},
): Cause {
  const data = { lane, trigger: "interval", outcome, calls: 2, error: "" };
  return run.repeat("lane.pass", lane, { ...data, ...parts }, [], "lanes");
}

export function laneHolds(
  run: Run,
  lane: string,
  version: SinkVersion,
  causes: readonly Cause[] = [],
): number {
  const { object, version: id, ordinal, form } = version;
  const data = { lane, object, version: id, ordinal, form };
  return run.record("lane.holds", data, causes, { at: "lanes", about: lane });
}

/** What `createWorld` gives: everything that a test can do with a world, and ask it. */
import type { JsonObject, JsonValue } from "../kernel/json.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import type { Fact } from "../kernel/trace.ts";
import type { InspectedContainer, PodFs } from "../kubelet-sim/index.ts";
import type { FixtureFault, FixtureRestart } from "./fixture-breaking.ts";
import type { FixtureSettings } from "./fixture-config.ts";
import type { AuditRecord } from "./views/audit-record.ts";
import type { MetricsEndpoint } from "./views/metrics.ts";
import type { KeyKind, SecretAttributes } from "./world/commands.ts";

/** The vault of one name, as its operator uses it. Refusals throw a `KeyturnError` with Azure's code and text. */
export interface FixtureVault {
  /** Makes a new version and returns its id, 32 hex digits. */
  setSecret(name: string, value: string, attributes?: SecretAttributes): string;
  /** Makes a new version of a key and returns its id. Its material is a test key. */
  setKey(name: string, key?: FixtureKey): string;
  /** Makes a new version of a certificate, its key and its secret; returns the id that all three have. */
  setCertificate(name: string, certificate?: FixtureCertificate): string;
  updateSecret(
    name: string,
    attributes: SecretAttributes & { readonly version?: string },
  ): void;
  deleteSecret(name: string): void;
  recoverSecret(name: string): void;
  purgeSecret(name: string): void;
}

/** How a key is made, and its attributes. */
export type FixtureKey = KeyKind & Omit<SecretAttributes, "contentType">;

export type FixtureCertificate = FixtureKey & {
  /** Of its secret; default PKCS#12. */
  readonly contentType?: "application/x-pkcs12" | "application/x-pem-file";
  /** Whether its secret has the issuers, too; default false: it is self-signed. */
  readonly chain?: boolean;
};

/** What came of a command in a container. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null: it still ran when `limit` was over. */
  readonly exitCode: number | null;
}

export interface FixtureWorld {
  /** Virtual time, RFC 3339 with milliseconds. */
  readonly now: string;
  readonly nowMs: EpochMs;
  vault(name: string): FixtureVault;
  /** As `kubectl apply -f -`: YAML text or one object. Throws a `ScenarioError` that lists what is wrong and where. */
  apply(manifest: string | JsonObject): void;
  /** As `kubectl delete`: `pod/busybox`, `NAMESPACE/secret/app-secret`. */
  delete(object: string): void;
  /** As `kubectl scale`: `scale("deployment/web", 3)`. */
  scale(object: string, replicas: number): void;
  /** As `kubectl rollout restart`. Throws kubectl's error, as for a second one in the same second. */
  rolloutRestart(object: string): void;
  /** As `kubectl patch`; `type` is `strategic` unless told, and a JSON patch is a list of operations. */
  patch(
    object: string,
    body: JsonObject | readonly JsonObject[],
    options?: { readonly type?: "strategic" | "merge" | "json" },
  ): void;
  /** Makes a lane of the configuration fetch now, where its product can be told to. */
  refreshLane(lane: string): void;
  /** As `az aks addon update`: with the restarts that the real change causes. */
  changeSettings(settings: FixtureSettings): void;
  /** Moves time on: `2m`, `1h30m`, or milliseconds. Runs everything due by then. */
  advance(duration: string | DurationMs): void;
  /**
   * Runs until an instant (RFC 3339 or epoch ms), or until the predicate holds, looked at after each event.
   * A predicate that does not hold within `limit` (default `1d`) throws.
   */
  runUntil(
    when: string | EpochMs | (() => boolean),
    options?: { readonly limit?: string },
  ): void;
  /**
   * What a container would read at a path: text, or null where there is no such file. WHO is `[NAMESPACE/]POD[@CONTAINER]`,
   * or `[NAMESPACE/]deployment/NAME[@CONTAINER]` and its like: the pod that `kubectl exec` picks.
   */
  readFile(who: string, path: string): string | null;
  readFileBytes(who: string, path: string): Uint8Array | null;
  /** An environment variable of a running container, or null where it has none of that name. WHO as for `readFile`. */
  readVariable(who: string, name: string): string | null;
  /**
   * Runs a command in a container as `kubectl exec` does and answers what it printed: words, or one text for `sh -c`.
   * Virtual time goes on while it runs, for `limit` (default `1m`) at the most. Throws kubectl's error where it cannot run.
   */
  exec(
    who: string,
    command: string | readonly string[],
    options?: { readonly limit?: string },
  ): ExecResult;
  /** Ends a container as a crash would: with `exitCode`, default 137 (SIGKILL). What the restart policy says follows. */
  kill(who: string, options?: { readonly exitCode?: number }): void;
  /** Stops and starts something: `restart({ driver: "node-0", downFor: "10s" })`, `restart({ apiServer: null })`. */
  restart(what: FixtureRestart): void;
  /** Breaks something for a while: `fault({ vault: "kvdemo", respond: 429, for: "1m" })`. */
  fault(fault: FixtureFault): void;
  /**
   * What a container sees: its variables, pinned files and volume files, each with the Secret's resourceVersion and the
   * vault version behind it, and no values. Null while it does not run.
   */
  inspect(who: string): InspectedContainer | null;
  /**
   * A pod's volume as a file system under `/volume`, with links, modes and the events that a watcher gets; it follows the
   * volume until `close`. WHO is `[NAMESPACE/]POD`.
   */
  openVolume(who: string, volume: string): Promise<OpenedVolume>;
  /** The object as the API server holds it, or null: `get("secret", "app-secret")`. */
  get(kind: string, name: string, namespace?: string): JsonObject | null;
  /** The facts so far, runs that are still open included. */
  trace(): readonly Fact[];
  /** SHA-256 over the facts written so far: equal runs have equal hashes. */
  readonly traceHash: string;
  /** The vault's audit log so far, as Azure's diagnostic records, in order of time. */
  audit(vault: string): readonly AuditRecord[];
  /**
   * What a process's metrics endpoint would answer now, in Prometheus' text format; empty where it counted nothing. `where`
   * is a node; for `reloader` the pod, `namespace/name`.
   */
  metrics(where: string, endpoint: MetricsEndpoint | "reloader"): string;
  /** The whole world as JSON. It holds the values of secrets. */
  snapshot(): JsonValue;
  /** Goes back, or on, to where a snapshot of a world of the same configuration was taken. */
  restore(snapshot: JsonValue): void;
}

export interface OpenedVolume {
  readonly fs: PodFs;
  readonly close: () => void;
}

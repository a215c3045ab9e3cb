/** Hand-made traces for invariants: facts as lines, with `seq` counted on, so that each test shows what it breaks. */
import type { JsonObject } from "../../../src/kernel/json.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import type { EpochMs } from "../../../src/kernel/time.ts";
import type { Cause, Fact, Run } from "../../../src/kernel/trace.ts";
import { Invariants } from "../../../src/emulator/invariants/index.ts";
import type { Invariant } from "../../../src/emulator/invariants/violation.ts";
import { SETTINGS, START } from "../../support/facts.ts";

export interface LineParts {
  readonly seq?: number;
  /** Time since the start: `10m`. */
  readonly at?: string;
  readonly about?: string;
  /** The component it happened in. */
  readonly where?: string;
  readonly causes?: readonly Cause[];
  readonly run?: Run;
}

export const V1 = version(1);
export const V2 = version(2);

export function version(ordinal: number, object = "kvdemo/secrets/secret1") {
  const id = String(ordinal).padStart(32, "0");
  return { object, version: id, ordinal, form: "as-is" };
}

const COMPONENTS: Readonly<Record<string, string>> = {
  kubelet: "kubelet",
  "csi.driver": "csi-driver",
  "csi.provider": "csi-provider",
};

/** What a kubelet read from the Secret `app-secret` at a resourceVersion. */
export function fromSecret(read: typeof V1, resourceVersion: number) {
  const source = "Secret/app-secret";
  return { ...read, source, resourceVersion: String(resourceVersion) };
}

/** A version of a Secret that somebody wrote into a manifest. */
export const LITERAL = {
  object: "default/secret/app/password",
  version: "00000abc",
  ordinal: 1,
  form: "as-is",
};

const POD = { namespace: "default", name: "busybox", uid: "uid-1" };

/** Lines in order; each method adds one. Times stay where `at` last put them. */
export class Trace {
  readonly facts: Fact[] = [];
  #seq = 0;
  #t = START;

  line(type: string, data: JsonObject, parts: LineParts = {}): this {
    const { about = "default/busybox", causes = [], run } = parts;
    const where = parts.where ?? "test";
    const seq = parts.seq ?? this.#seq + 1;
    this.#seq = Math.max(this.#seq, seq);
    if (parts.at !== undefined) this.#t = instant(parts.at);
    const fact = { seq, t: this.#t, type, at: where, about, causes, data };
    this.facts.push(run === undefined ? fact : { ...fact, run });
    return this;
  }

  started(addon: Partial<(typeof SETTINGS)["addon"]> = {}): this {
    const settings = { ...SETTINGS, addon: { ...SETTINGS.addon, ...addon } };
    const nodes = ["node-0"];
    return this.line("world.started", json({ nodes, settings }));
  }

  driver(rotation = true, at = "0s", version = "1.5.6"): this {
    const ticks = rotation && version < "1.6";
    return this.line(
      "csi.driver.started",
      {
        node: "node-0",
        version,
        rotation,
        rotationPollIntervalMs: durationMs("2m"),
        firstTickMs: ticks ? instant(at) + 1 : null,
      },
      { where: "node-0/csi-driver", about: "node-0" },
    );
  }

  /** A process, or the node as a whole: `kubelet.stopped`, `node.started` … */
  process(what: string, at?: string): this {
    const component = what.slice(0, what.lastIndexOf("."));
    const where =
      component === "node" ? "node-0" : `node-0/${COMPONENTS[component]}`;
    const parts = { about: "node-0", where };
    return this.line(
      what,
      { node: "node-0" },
      at === undefined ? parts : { ...parts, at },
    );
  }

  /** `fault.began` or `fault.ended`. */
  fault(what: "began" | "ended", about: string, at: string): this {
    const [target = "", name = ""] = about.split(" ");
    const data = { target, name, effect: "does not answer" };
    return this.line(`fault.${what}`, data, { about, at });
  }

  set(made: typeof V1, parts: LineParts = {}): this {
    const { object, ordinal } = made;
    const [vault = "", collection = "", name = ""] = object.split("/");
    return this.line(
      `vault.${collection.slice(0, -1)}.set`,
      { vault, name, version: made.version, ordinal, enabled: true },
      { about: object, ...parts },
    );
  }

  request(read: typeof V1, data: JsonObject = {}, parts: LineParts = {}): this {
    const request = {
      vault: "kvdemo",
      collection: "secrets",
      name: "secret1",
      operation: "SecretGet",
      status: 200,
      code: null,
      pod: "default/busybox",
      node: "node-0",
      version: read.version,
      ordinal: read.ordinal,
      uri: "/secrets/secret1/?api-version=7.4",
    };
    return this.line("vault.request", { ...request, ...data }, parts);
  }

  pod(pod: Partial<typeof POD> = {}, secret = "app-secret"): this {
    const volumes = [
      { name: "store", kind: "csi", source: "azure-kv" },
      { name: "secret", kind: "secret", source: secret },
    ];
    const added = {
      ...POD,
      ...pod,
      node: "node-0",
      workload: "",
      volumes,
      mounts: [],
      environment: [],
    };
    return this.line("kubelet.pod.added", json(added));
  }

  podIs(what: string): this {
    return this.line(`kubelet.pod.${what}`, POD);
  }

  /** The CSI volume `store`, or the secret volume `secret`, with these files by path. */
  files(
    files: Readonly<Record<string, typeof V1>>,
    parts: LineParts & {
      readonly volume?: "store" | "secret";
      readonly type?: string;
      readonly uid?: string;
    } = {},
  ): this {
    const { volume = "store", type = "volume.switched", uid } = parts;
    const kind = volume === "store" ? "csi" : "secret";
    const list = Object.entries(files).map(([path, f]) => ({ path, ...f }));
    const pod = uid === undefined ? POD : { ...POD, uid };
    return this.line(type, json({ ...pod, volume, kind, files: list }), parts);
  }

  /** The container `app` was created, with `PASSWORD` or a pinned file where they are given. */
  created(
    attempt: number,
    {
      password,
      pin,
      ...parts
    }: LineParts & {
      readonly password?: typeof V1;
      readonly pin?: typeof V1;
    } = {},
  ): this {
    const variables =
      password === undefined
        ? []
        : [{ variable: "PASSWORD", key: "password", ...password }];
    const pinned =
      pin === undefined
        ? []
        : [{ path: "/etc/secret1", volume: "store", ...pin }];
    const rest = { attempt, init: false, variables, pinned };
    return this.container("created", json(rest), parts);
  }

  /** `started`, `exited`, `exec.output` … of the container `app`. */
  container(what: string, data: JsonObject = {}, parts: LineParts = {}): this {
    const container = { ...POD, container: "app" };
    return this.line(`container.${what}`, { ...container, ...data }, parts);
  }

  unmounted(volume = "store"): this {
    return this.line("volume.unmounted", { ...POD, volume });
  }

  object(
    what: "created" | "modified" | "deleted",
    data: JsonObject,
    parts: LineParts = {},
  ): this {
    const { kind = "Secret", name = "app-secret" } = data as Named;
    const object = {
      kind,
      namespace: "default",
      name,
      uid: "uid-secret",
      resourceVersion: this.#seq + 1,
      generation: 0,
      by: "kubectl",
    };
    const about = `default/${kind}/${name}`;
    return this.line(
      `api.object.${what}`,
      { ...object, ...data },
      { about, ...parts },
    );
  }

  /** The Secret `app-secret` with this content under `password`. */
  secret(
    what: "created" | "modified",
    held: typeof V1,
    data: JsonObject = {},
  ): this {
    const contents = [{ key: "password", ...held }];
    return this.object(what, json({ contents, ...data }));
  }

  /** The pod status that the driver writes for `busybox`. */
  status(what: "created" | "modified" | "deleted", by = "node-0/csi-driver") {
    const name = "busybox-default-azure-kv";
    const kind = "SecretProviderClassPodStatus";
    return this.object(what, { kind, name, uid: "uid-status", by });
  }
}

export function instant(since: string): EpochMs {
  return START + durationMs(since);
}

/** A run that begins at `first` after the start. */
export function aRun(first: string, parts: Partial<Run> = {}): Run {
  return { first: instant(first), every: 0, count: 1, ...parts };
}

/** Feeds facts to invariants as a world does, and ends the trace if `end` is given. */
export function check(
  invariant: Invariant,
  { facts }: { readonly facts: readonly Fact[] },
  end: string | null = null,
): void {
  const invariants = new Invariants([invariant]);
  for (const fact of facts) invariants.fact(fact);
  if (end !== null) invariants.end(instant(end));
}

/** The code and message of what a check throws; null when it holds. */
export function broken(
  invariant: Invariant,
  trace: { readonly facts: readonly Fact[] },
  end: string | null = null,
): { readonly code: string; readonly message: string } | null {
  try {
    check(invariant, trace, end);
    return null;
  } catch (error) {
    const { name, code, message } = error as Error & { code: string };
    if (name !== "InvariantViolation") throw error;
    return { code, message };
  }
}

interface Named {
  readonly kind?: string;
  readonly name?: string;
}

function json(value: unknown): JsonObject {
  return value as JsonObject;
}

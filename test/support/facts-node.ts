/**
 * More of hand-made runs (`facts.ts`): containers, publishes of a driver from 1.6 on, faults and processes that go down,
 * keys and certificates, commands in containers.
 */
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Cause } from "../../src/kernel/trace.ts";
import type { SinkVersion } from "../../src/emulator/trace/versions.ts";
import type { Pod, Run, Version } from "./facts.ts";

/** `PASSWORD` or `/etc/key` with the version that a container was given under that name. */
type Given = Readonly<Record<string, SinkVersion>>;

export interface ContainerParts {
  readonly container?: string;
  readonly attempt?: number;
  readonly init?: boolean;
  readonly variables?: Given;
  readonly pinned?: Given;
  readonly causes?: readonly Cause[];
}

function idOf({ namespace, name, uid }: Pod, container = "busybox") {
  return { namespace, name, uid, container };
}

function places(pod: Pod) {
  const about = `${pod.namespace}/${pod.name}`;
  return { at: `${pod.node}/kubelet`, about };
}

/** Variables come from Secret/app-secret at resourceVersion 1, unless their versions say otherwise. */
export function createContainer(
  run: Run,
  pod: Pod,
  parts: ContainerParts = {},
): number {
  const { container, attempt = 0, init = false, causes = [] } = parts;
  const source = { source: "Secret/app-secret", resourceVersion: "1" };
  const variables = Object.entries(parts.variables ?? {}).map(
    ([variable, held]) => ({ variable, key: "key", ...source, ...held }),
  );
  const pinned = Object.entries(parts.pinned ?? {}).map(([path, held]) => ({
    path,
    volume: "secret-volume",
    ...held,
  }));
  const data = { ...idOf(pod, container), attempt, init, variables, pinned };
  return run.record("container.created", data, causes, places(pod));
}

export function exitContainer(
  run: Run,
  pod: Pod,
  exitCode: number,
  { container, attempt = 0 }: ContainerParts = {},
): number {
  const reason = exitCode === 0 ? "Completed" : "Error";
  const data = { ...idOf(pod, container), attempt, exitCode, reason };
  return run.record("container.exited", data, [], places(pod));
}

export function holdContainer(
  run: Run,
  pod: Pod,
  reason: string,
  message: string,
): number {
  const data = { ...idOf(pod), reason, message };
  return run.record("container.waiting", data, [], places(pod));
}

/** One NodePublishVolume of a driver from 1.6 on. */
export function publish(
  run: Run,
  pod: Pod,
  how: "skipped" | "unchanged" | "written" | "masked" | "failed",
  parts: JsonObject = {},
): Cause {
  const { namespace, name, uid, node } = pod;
  const data = {
    namespace,
    name,
    uid,
    volume: "secrets-store",
    secretProviderClass: "azure-keyvault-wi",
    first: false,
    errorType: "",
    error: "",
    durationMs: 0,
    ...parts,
  };
  const about = `${namespace}/${name}`;
  const at = `${node}/csi-driver`;
  return run.repeat(`csi.publish.${how}`, about, data, [], at);
}

/** A driver from 1.6 on: request, file 25 ms, pod status and Secret after that. */
export function republish(
  run: Run,
  pod: Pod,
  version: Version,
): { file: number; secret: number } {
  const sync = run.sync(pod, "resync");
  const request = run.later(65).get(pod, version, sync);
  const file = run.later(25).file(pod, { secret1: version }, [request, sync]);
  const status = run
    .later(8)
    .apiObject("modified", "SecretProviderClassPodStatus", pod.name, {}, [
      file,
    ]);
  publish(run, pod, "written");
  const secret = run
    .later(24)
    .secret(
      "modified",
      "app-secret",
      { mysecret1: version },
      { causes: [file, status], by: `${pod.node}/csi-driver` },
    );
  return { file, secret };
}

/** Begins a fault; the function that is returned ends it. */
export function beginFault(
  run: Run,
  about: string,
  data: { target: string; name: string; effect: string },
): () => number {
  const places = { at: "world", about };
  const began = run.record("fault.began", data, [], places);
  return () => run.record("fault.ended", data, [began], places);
}

/** `node.stopped`, `csi.provider.started` … */
export function machineFact(run: Run, type: string, node: string): number {
  return run.record(type, { node }, [], { at: node, about: node });
}

/** The three versions of a certificate, under one version id. */
export function setCertificate(
  run: Run,
  name: string,
  { ordinal = 1, step = "" }: { ordinal?: number; step?: string } = {},
): { certificate: Version; key: Version; secret: Version } {
  const target = `kvdemo/certificates/${name}`;
  const command = run.record("command", {
    kind: "setCertificate",
    id: step,
    target,
  });
  const version = `${name}-version-${ordinal}`;
  const data = { vault: "kvdemo", name, version, ordinal, enabled: true };
  const keyKind = "RSA 2048";
  const certificate = run.record(
    "vault.certificate.set",
    { ...data, keyKind },
    [command],
  );
  const causes = [command, certificate];
  const key = run.record("vault.key.set", { ...data, keyKind }, causes);
  const secret = run.record("vault.secret.set", data, causes);
  const of = (collection: string, set: number): Version => {
    const object = `kvdemo/${collection}/${name}`;
    return { object, version, ordinal, form: "as-is", set };
  };
  return {
    certificate: of("certificates", certificate),
    key: of("keys", key),
    secret: of("secrets", secret),
  };
}

export function setKey(run: Run, name: string, ordinal = 1): Version {
  const object = `kvdemo/keys/${name}`;
  const version = `${name}-version-${ordinal}`;
  const data = { vault: "kvdemo", name, version, ordinal, enabled: true };
  const set = run.record("vault.key.set", { ...data, keyKind: "EC P-256" });
  return { object, version, ordinal, form: "as-is", set };
}

/** A command in a container; `printed` pieces come at once, each `[stream, text]`. */
export class Execution {
  readonly #run: Run;
  readonly #id: ReturnType<typeof idOf> & { exec: string };
  readonly #texts: Map<string, string>;
  readonly #counts = { stdout: 0, stderr: 0 };
  readonly #places: { at: string; about: string };

  /** `texts` is where what it prints is kept: by `exec/<exec>/<stream>-<index>`. */
  constructor(
    run: Run,
    pod: Pod,
    command: readonly string[],
    { exec = "exec-1", texts = new Map<string, string>() } = {},
  ) {
    this.#run = run;
    this.#id = { ...idOf(pod), exec };
    this.#texts = texts;
    this.#places = places(pod);
    const data = { ...this.#id, command: [...command] };
    run.record("container.exec.started", data, [], this.#places);
  }

  print(text: string, stream: "stdout" | "stderr" = "stdout"): this {
    const index = this.#counts[stream]++;
    this.#texts.set(`exec/${this.#id.exec}/${stream}-${index}`, text);
    const data = { ...this.#id, stream, index, bytes: text.length };
    this.#run.record("container.exec.output", data, [], this.#places);
    return this;
  }

  finish(exitCode = 0): void {
    const data = { ...this.#id, exitCode, ...this.#counts };
    this.#run.record("container.exec.finished", data, [], this.#places);
  }
}

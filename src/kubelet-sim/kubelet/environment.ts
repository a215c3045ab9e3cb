/**
 * A container's environment, worked out each time the container is created: `envFrom` in order, then `env` in order over
 * it, then the variables of services where they are not taken.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables); kubelet.md 5
 * Simplification: Of services only `kubernetes` gives variables; it has AKS's default address, and is known at once, so that no container fails with "services have not yet been read at least once".
 * Simplification: Bytes that are no UTF-8 become U+FFFD in a variable.
 */
import type { ApiObject } from "../../cluster-sim/ports.ts";
import { bytesToUtf8 } from "../../kernel/bytes.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { ContainerSpec, ObjectName } from "../pod-spec.ts";
import type {
  ContainerEvent,
  EnvironmentVariable,
  ObjectOrigin,
} from "../ports.ts";
import type { NodeIdentity } from "./downward-api.ts";
import { fieldText, resourceText } from "./downward-api.ts";
import { expand } from "./expansion.ts";
import { contentOf, dataOf, sourceName } from "./object-data.ts";
import type { ObjectRead } from "./object-entry.ts";
import { serviceVariables } from "./service-variables.ts";
import type { FieldRef, ResourceFieldRef } from "./volume-sources.ts";

export interface KeySelector {
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly fieldRef?: FieldRef;
    readonly resourceFieldRef?: ResourceFieldRef;
    readonly configMapKeyRef?: KeySelector;
    readonly secretKeyRef?: KeySelector;
  };
}

export interface EnvFromSource {
  readonly prefix?: string;
  readonly configMapRef?: {
    readonly name?: string;
    readonly optional?: boolean;
  };
  readonly secretRef?: { readonly name?: string; readonly optional?: boolean };
}

export interface EnvironmentRequest {
  readonly pod: ApiObject;
  readonly container: ContainerSpec;
  readonly node: NodeIdentity;
  readonly kubernetesMinor: number;
  /** What has been read so far, by `Secret/app-secret`. */
  readonly reads: ReadonlyMap<string, ObjectRead>;
}

export type Environment =
  | {
      readonly outcome: "resolved";
      readonly env: readonly EnvironmentVariable[];
      readonly events: readonly ContainerEvent[];
    }
  /** It goes on when this object has been read. */
  | { readonly outcome: "needs"; readonly object: ObjectName }
  | {
      readonly outcome: "failed";
      readonly message: string;
      readonly events: readonly ContainerEvent[];
    };

/** From this minor version on every key of an object becomes a variable, whatever its name. */
const ANY_NAME_MINOR = 30;
const VARIABLE_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** How a step ends that is not its plain end. */
type Stop = Exclude<Environment, { readonly outcome: "resolved" }>;
type Variable = Omit<EnvironmentVariable, "name">;

/** Asks for objects one after the other, each once, in upstream's order; an error ends it at once. */
export function resolveEnvironment(request: EnvironmentRequest): Environment {
  const resolver = new Resolver(request);
  const stop = resolver.run();
  return stop ?? resolver.resolved();
}

class Resolver {
  readonly #request: EnvironmentRequest;
  readonly #events: ContainerEvent[] = [];
  readonly #found = new Map<string, Variable>();
  readonly #services = serviceVariables();

  constructor(request: EnvironmentRequest) {
    this.#request = request;
  }

  run(): Stop | null {
    const { envFrom = [], env = [] } = this.#request.container;
    for (const source of envFrom) {
      const stop = this.#takeAll(source);
      if (stop !== null) return stop;
    }
    for (const variable of env) {
      const stop = this.#take(variable);
      if (stop !== null) return stop;
    }
    return null;
  }

  resolved(): Environment {
    for (const [name, value] of this.#services)
      if (!this.#found.has(name)) this.#found.set(name, literal(value));
    const env = [...this.#found].map(([name, rest]) => ({ name, ...rest }));
    return { outcome: "resolved", env, events: this.#events };
  }

  #takeAll({
    configMapRef,
    secretRef,
    prefix = "",
  }: EnvFromSource): Stop | null {
    const kind = configMapRef === undefined ? "Secret" : "ConfigMap";
    const ref = configMapRef ?? secretRef;
    if (ref === undefined) return null;
    const { name = "", optional = false } = ref;
    const read = this.#read({ kind, name }, optional);
    if ("outcome" in read) return read;
    if (!read.ok) return null;
    const skipped: string[] = [];
    for (const [key] of this.#textOf(read)) {
      const variable = `${prefix}${key}`;
      if (this.#mayBe(variable))
        this.#found.set(variable, this.#valueOf(read, key)!);
      else skipped.push(variable);
    }
    if (skipped.length > 0) this.#reportSkipped(kind, name, skipped);
    return null;
  }

  #take(variable: EnvVar): Stop | null {
    const { name, value = "", valueFrom } = variable;
    if (value !== "" || valueFrom === undefined) {
      this.#found.set(name, this.#expanded(value));
      return null;
    }
    const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } =
      valueFrom;
    const { pod, container, node } = this.#request;
    if (fieldRef !== undefined)
      this.#found.set(name, literal(fieldText(pod, fieldRef, node)));
    else if (resourceFieldRef !== undefined) {
      const text = resourceText(pod, resourceFieldRef, container);
      if (text === null)
        return this.#failed(
          `container ${resourceFieldRef.containerName} not found`,
        );
      this.#found.set(name, literal(text));
    } else if (configMapKeyRef !== undefined)
      return this.#takeKey(name, "ConfigMap", configMapKeyRef);
    else if (secretKeyRef !== undefined)
      return this.#takeKey(name, "Secret", secretKeyRef);
    return null;
  }

  #takeKey(
    variable: string,
    kind: ObjectName["kind"],
    { name = "", key, optional = false }: KeySelector,
  ): Stop | null {
    const read = this.#read({ kind, name }, optional);
    if ("outcome" in read) return read;
    if (!read.ok) return null;
    const value = this.#valueOf(read, key);
    if (value !== null) this.#found.set(variable, value);
    else if (!optional) {
      const { namespace } = this.#request.pod.metadata;
      return this.#failed(
        `couldn't find key ${key} in ${kind} ${namespace}/${name}`,
      );
    }
    return null;
  }

  /** The object, or a NotFound that is no matter. */
  #read(object: ObjectName, optional: boolean): ObjectRead | Stop {
    const read = this.#request.reads.get(`${object.kind}/${object.name}`);
    if (read === undefined) return { outcome: "needs", object };
    if (read.ok || (read.notFound && optional)) return read;
    return this.#failed(read.message);
  }

  /** A ConfigMap's `binaryData` is no part of an environment. */
  #textOf({ stored }: ObjectRead & { readonly ok: true }) {
    const binary: object = stored.object["binaryData"] ?? {};
    return [...dataOf(stored)].filter(([key]) => !(key in binary));
  }

  #valueOf(read: ObjectRead & { readonly ok: true }, key: string) {
    const { stored, causes } = read;
    const entry = this.#textOf(read).find(([name]) => name === key);
    if (entry === undefined) return null;
    const from = causes[0] ?? stored.contents?.[key]?.from ?? 0;
    const origin: ObjectOrigin = {
      source: sourceName(stored),
      key,
      resourceVersion: stored.object.metadata.resourceVersion,
      content: contentOf(stored, key, from),
    };
    return { value: bytesToUtf8(entry[1]), origin };
  }

  /** A value that refers to one from an object has that one's origin, in another form where it adds to it. */
  #expanded(text: string): Variable {
    let origin: ObjectOrigin | null = null;
    let alone = false;
    const value = expand(text, (name) => {
      const known = this.#found.get(name);
      if (known === undefined) return this.#services.get(name) ?? null;
      origin = known.origin ?? origin;
      alone = text === `$(${name})`;
      return known.value;
    });
    return { value, origin: alone ? origin : inForm(origin, "expanded") };
  }

  #mayBe(name: string): boolean {
    if (this.#request.kubernetesMinor >= ANY_NAME_MINOR) return true;
    return VARIABLE_NAME.test(name) && name !== "." && !name.startsWith("..");
  }

  #reportSkipped(
    kind: ObjectName["kind"],
    name: string,
    keys: readonly string[],
  ): void {
    const { namespace } = this.#request.pod.metadata;
    const what = kind === "Secret" ? "secret" : "configMap";
    const list = [...keys].sort(byCodeUnit).join(", ");
    this.#events.push({
      type: "Warning",
      reason: "InvalidEnvironmentVariableNames",
      message: `Keys [${list}] from the EnvFrom ${what} ${namespace}/${name} were skipped since they are considered invalid environment variable names.`,
    });
  }

  #failed(message: string): Stop {
    return { outcome: "failed", message, events: this.#events };
  }
}

function literal(value: string): Variable {
  return { value, origin: null };
}

function inForm(
  origin: ObjectOrigin | null,
  form: string,
): ObjectOrigin | null {
  if (origin === null) return null;
  return { ...origin, content: { ...origin.content, form } };
}

/**
 * Everything that a scenario mentions by name. A name that is not here is bad input, with the nearest known one as a
 * hint, and never an expectation that silently holds.
 */
import { byCodeUnit } from "../../kernel/json.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { didYouMean, listNames } from "../profiles/input/nearest-name.ts";
import type { Position, Problems } from "../profiles/input/problem.ts";
import type { Who } from "../trace/names.ts";
import { podOf } from "../world/pod-templates.ts";
import { mayBeMadeFor } from "./declared-workloads.ts";
import { listAt, valueAt, wordAt } from "./load-context.ts";
import type { Manifest } from "./manifests.ts";
import type { ObjectName } from "./names.ts";

/** What a vault holds; a certificate brings a key and a secret of its name. */
export type Collection = "secrets" | "keys" | "certificates";

interface DeclaredVault {
  /** As first spelled; Key Vault compares names without case. */
  readonly name: string;
  readonly objects: Readonly<Record<Collection, Map<string, string>>>;
}

/** Steps that set a version which sinks may come to see. */
const SETTING_STEPS = ["setSecret", "setKey", "setCertificate"];

interface DeclaredObject extends ObjectName {
  /** Each manifest of it, in order; none for what the run makes by itself. */
  readonly manifests: JsonObject[];
  /** Keys of a Secret that a lane writes. */
  readonly keys: string[];
}

/** Kinds of workloads as WHO spells them. */
const WORKLOAD_KINDS = {
  deployment: "Deployment",
  daemonset: "DaemonSet",
  statefulset: "StatefulSet",
} as const;

const SYSTEM_NAMESPACES = [
  "default",
  "kube-node-lease",
  "kube-public",
  "kube-system",
];

export class Declared {
  readonly #problems: Problems;
  readonly #nodes: readonly string[];
  readonly #vaults = new Map<string, DeclaredVault>();
  readonly #objects = new Map<string, DeclaredObject>();
  readonly #steps = new Map<
    string,
    { readonly kind: string; readonly at: Position }
  >();
  readonly #lanes = new Map<
    string,
    { readonly at: Position; readonly isProduct: boolean }
  >();
  readonly #databases = new Map<string, Position>();
  readonly #generated = new Map<string, ObjectName>();
  /** Whether every object is known; when not, nobody is blamed for naming an unknown one. */
  objectsKnown = true;
  vaultsKnown = true;

  constructor(problems: Problems, nodes: readonly string[], namespace: string) {
    this.#problems = problems;
    this.#nodes = nodes;
    for (const name of nodes) this.#imply("Node", "", name);
    for (const scope of [...SYSTEM_NAMESPACES, namespace])
      this.#implyNamespace(scope);
  }

  /** Objects that were asked for by names that only a controller can give: whether there are any, the run will tell. */
  get generated(): readonly ObjectName[] {
    return [...this.#generated.values()];
  }

  /** The kinds of all objects, for spelling them. */
  get kinds(): string[] {
    return [...this.#objects.values()].map(({ kind }) => kind);
  }

  /** False when a vault of that name is there already. */
  addVault(name: string): boolean {
    const key = name.toLowerCase();
    if (this.#vaults.has(key)) return false;
    const objects = {
      secrets: new Map<string, string>(),
      keys: new Map<string, string>(),
      certificates: new Map<string, string>(),
    };
    this.#vaults.set(key, { name, objects });
    return true;
  }

  addVaultObject(vault: string, collection: Collection, name: string): void {
    const objects = this.#vaults.get(vault.toLowerCase())?.objects;
    const key = name.toLowerCase();
    const brought: readonly Collection[] =
      collection === "certificates"
        ? ["certificates", "keys", "secrets"]
        : [collection];
    for (const each of brought)
      if (objects && !objects[each].has(key)) objects[each].set(key, name);
  }

  /** The place of the step that has this id already, or null. */
  addStep(id: string, kind: string, at: Position): Position | null {
    const earlier = this.#steps.get(id);
    if (!earlier) this.#steps.set(id, { kind, at });
    return earlier?.at ?? null;
  }

  /** The place of the lane that has this name already, or null. `isProduct`: the run makes it; else it is a row for a sink. */
  addLane(name: string, at: Position, isProduct: boolean): Position | null {
    const earlier = this.#lanes.get(name);
    if (earlier === undefined) this.#lanes.set(name, { at, isProduct });
    return earlier?.at ?? null;
  }

  /** The lane's name; null, with a problem, when the run makes none of that name. */
  lane(name: string, at: Position): string | null {
    const lane = this.#lanes.get(name);
    if (lane?.isProduct === true) return name;
    if (lane === undefined) {
      const products = [...this.#lanes].filter(([, of]) => of.isProduct);
      const names = products.map(([known]) => known);
      this.#unknown({ what: "lane", name, names, at });
    } else
      this.#problems.add(
        at,
        `the lane "${name}" is the way to a sink, which nobody runs`,
        "name a lane with a kind, or the sink itself",
      );
    return null;
  }

  /** As of lanes. */
  addDatabase(name: string, at: Position): Position | null {
    const earlier = this.#databases.get(name) ?? null;
    if (earlier === null) this.#databases.set(name, at);
    return earlier;
  }

  database(name: string, at: Position): string | null {
    if (this.#databases.has(name)) return name;
    const names = [...this.#databases.keys()];
    this.#unknown({ what: "database", name, names, at });
    return null;
  }

  /** A key of a Secret that somebody writes who is no manifest. */
  addSecretKey(namespace: string, secret: string, key: string): void {
    this.#implyNamespace(namespace);
    this.#imply("Secret", namespace, secret).keys.push(key);
  }

  addObject({
    kind,
    namespace,
    name,
    object,
  }: Omit<Manifest, "position">): void {
    this.#imply(kind, namespace, name).manifests.push(object);
    if (namespace !== "") this.#implyNamespace(namespace);
    if (kind === "SecretProviderClass")
      for (const secret of listAt(object, "spec", "secretObjects")) {
        const secretName = wordAt(secret, "secretName");
        if (secretName !== "") this.#imply("Secret", namespace, secretName);
      }
    if (kind === "Pod")
      for (const volume of listAt(object, "spec", "volumes")) {
        const spc = valueAt(
          volume,
          "csi",
          "volumeAttributes",
          "secretProviderClass",
        );
        if (typeof spc === "string")
          this.#imply(
            "SecretProviderClassPodStatus",
            namespace,
            `${name}-${namespace}-${spc}`,
          );
      }
  }

  /** The vault's own spelling; null, with a problem, when there is none of that name. */
  vault(name: string, at: Position): string | null {
    const vault = this.#vaults.get(name.toLowerCase());
    if (vault) return vault.name;
    const names = [...this.#vaults.values()].map((known) => known.name);
    if (this.vaultsKnown) this.#unknown({ what: "vault", name, names, at });
    return null;
  }

  /** The secret's own spelling; null, with a problem, when nothing ever sets it. */
  secret(vault: string, name: string, at: Position): string | null {
    return this.#vaultObject(vault, ["secrets"], name, at);
  }

  /** The own spelling of a secret, key or certificate; null as above. */
  vaultObject(vault: string, name: string, at: Position): string | null {
    const anywhere: Collection[] = ["secrets", "keys", "certificates"];
    return this.#vaultObject(vault, anywhere, name, at);
  }

  #vaultObject(
    vault: string,
    collections: readonly Collection[],
    name: string,
    at: Position,
  ): string | null {
    const objects = this.#vaults.get(vault.toLowerCase())?.objects;
    if (!objects) return null;
    const lists = collections.map((collection) => objects[collection]);
    const key = name.toLowerCase();
    const known = lists.find((names) => names.has(key))?.get(key);
    if (known !== undefined) return known;
    this.#unknown({
      what: collections.length === 1 ? "secret" : "object",
      where: ` in vault ${vault}`,
      name,
      names: [...new Set(lists.flatMap((names) => [...names.values()]))],
      at,
    });
    return null;
  }

  /** Whether there is a node of that name; a problem if not. */
  node(name: string, at: Position): boolean {
    if (this.#nodes.includes(name)) return true;
    this.#unknown({ what: "node", name, names: this.#nodes, at });
    return false;
  }

  /** Whether `id` is a step that sets a version; a problem if not. */
  settingStep(id: string, at: Position): boolean {
    const step = this.#steps.get(id);
    if (step !== undefined && SETTING_STEPS.includes(step.kind)) return true;
    const names = [...this.#steps]
      .filter(([, { kind }]) => SETTING_STEPS.includes(kind))
      .map(([known]) => known);
    if (step)
      this.#problems.add(
        at,
        `the step "${id}" is a ${step.kind} step; a sink sees what a setSecret, setKey or setCertificate step sets`,
        `such steps with an id: ${listNames(names, "none")}`,
      );
    else this.#unknown({ what: "step with the id", name: id, names, at });
    return false;
  }

  /** Whether somebody mentions the object; a problem if not. */
  object(wanted: ObjectName, at: Position): boolean {
    const { kind, namespace, name } = wanted;
    if (this.#objects.has(keyOf(wanted))) return true;
    if (!this.objectsKnown) return false;
    if (this.#makers(wanted).length > 0) {
      this.#generated.set(keyOf(wanted), wanted);
      return true;
    }
    const sameKind = [...this.#objects.values()].filter(
      (object) => object.kind === kind,
    );
    const elsewhere = sameKind.find((object) => object.name === name);
    this.#unknown({
      what: kind,
      where: namespace === "" ? "" : ` in namespace ${namespace}`,
      name,
      names: sameKind
        .filter((object) => object.namespace === namespace)
        .map((object) => object.name),
      at,
      ...(elsewhere && {
        fix: `there is one in namespace ${elsewhere.namespace}: put "${elsewhere.namespace}/" before the name`,
      }),
    });
    return false;
  }

  /** Workloads whose controllers may give an object that name. */
  #makers(wanted: ObjectName): DeclaredObject[] {
    return [...this.#objects.values()].filter(
      (workload) =>
        workload.namespace === wanted.namespace &&
        mayBeMadeFor(wanted, workload),
    );
  }

  /** The pods that WHO means, as manifests of pods have them: over the whole run, each form once. */
  podsOf({ kind, namespace, name }: Who): JsonObject[] {
    const podsIn = (object: DeclaredObject) =>
      object.manifests.flatMap((manifest) => {
        const pod = podOf(object.kind, manifest);
        return pod === null ? [] : [pod];
      });
    const objectKind = kind === "pod" ? "Pod" : WORKLOAD_KINDS[kind];
    const wanted = { kind: objectKind, namespace, name };
    const own = this.#objects.get(keyOf(wanted));
    if (own !== undefined) return podsIn(own);
    return kind === "pod" ? this.#makers(wanted).flatMap(podsIn) : [];
  }

  /** Whether there is a pod or workload of that name; a problem if not. */
  who({ kind, namespace, name }: Who, at: Position): boolean {
    const objectKind = kind === "pod" ? "Pod" : WORKLOAD_KINDS[kind];
    return this.object({ kind: objectKind, namespace, name }, at);
  }

  /** All manifests of an object, over the whole run. */
  manifestsOf(kind: string, namespace: string, name: string): JsonObject[] {
    return this.#objects.get(keyOf({ kind, namespace, name }))?.manifests ?? [];
  }

  /** Keys that a Secret ever has: its own and those that SecretProviderClasses sync. Sorted. */
  secretKeys(namespace: string, name: string): string[] {
    const secret = this.#objects.get(
      keyOf({ kind: "Secret", namespace, name }),
    );
    const keys = new Set([
      ...this.#keysOf("Secret", namespace, name, ["data", "stringData"]),
      ...(secret?.keys ?? []),
    ]);
    for (const object of this.#objects.values()) {
      if (object.kind !== "SecretProviderClass") continue;
      if (object.namespace !== namespace) continue;
      for (const manifest of object.manifests)
        for (const secret of listAt(manifest, "spec", "secretObjects"))
          if (wordAt(secret, "secretName") === name)
            for (const entry of listAt(secret, "data"))
              keys.add(wordAt(entry, "key"));
    }
    return [...keys].sort(byCodeUnit);
  }

  /** Keys that a ConfigMap ever has, sorted: in a volume all of them, in an environment those of text. */
  configMapKeys(
    namespace: string,
    name: string,
    members: readonly string[] = ["data", "binaryData"],
  ): string[] {
    const keys = this.#keysOf("ConfigMap", namespace, name, members);
    return [...new Set(keys)].sort(byCodeUnit);
  }

  #keysOf(
    kind: string,
    namespace: string,
    name: string,
    members: readonly string[],
  ): string[] {
    return this.manifestsOf(kind, namespace, name).flatMap((object) =>
      members.flatMap((member) => Object.keys(valueAt(object, member) ?? {})),
    );
  }

  #imply(kind: string, namespace: string, name: string): DeclaredObject {
    const key = keyOf({ kind, namespace, name });
    const object = this.#objects.get(key) ?? {
      kind,
      namespace,
      name,
      manifests: [],
      keys: [],
    };
    this.#objects.set(key, object);
    return object;
  }

  #implyNamespace(name: string): void {
    this.#imply("Namespace", "", name);
    this.#imply("ServiceAccount", name, "default");
  }

  #unknown(problem: {
    readonly what: string;
    readonly where?: string;
    readonly name: string;
    readonly names: readonly string[];
    readonly at: Position;
    readonly fix?: string;
  }): void {
    const { what, where = "", name, names, at } = problem;
    const hint = didYouMean(name, names);
    const known = `known: ${listNames(names, "none")}`;
    this.#problems.add(
      at,
      `there is no ${what} "${name}"${where}${hint}`,
      problem.fix ?? (hint === "" ? known : ""),
    );
  }
}

function keyOf({ kind, namespace, name }: ObjectName): string {
  return `${kind}\n${namespace}\n${name}`;
}

/**
 * Manifests of a scenario: files and inline objects, read by Kubernetes' rules, variables replaced, lists expanded,
 * the default namespace filled in, each object checked.
 */
import type { Node } from "yaml";

import { isJsonObject } from "../../kernel/json.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import { formatPosition } from "../profiles/input/problem.ts";
import type { Position } from "../profiles/input/problem.ts";
import { attempt } from "../profiles/input/read-file.ts";
import { YamlDocument } from "../profiles/input/yaml-document.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import { readYaml } from "../profiles/input/yaml-source.ts";
import type { YamlSource } from "../profiles/input/yaml-source.ts";
import type { Applications } from "./applications.ts";
import { isClusterScoped } from "./kubernetes-kinds.ts";
import { manifestRules } from "./kubernetes-yaml.ts";
import { listAt, positionAt, valueAt, wordAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";

/** One object that a manifest declares, as it is sent to the API server. */
export interface Manifest {
  readonly object: JsonObject;
  readonly kind: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly position: Position;
}

type Locate = (path: Path, part: "key" | "value") => Position;

export class ManifestReader {
  readonly #context: LoadContext;
  readonly #applications: Applications;
  #complete = true;

  constructor(context: LoadContext, applications: Applications) {
    this.#context = context;
    this.#applications = applications;
  }

  /** False once something could not be read, so that nobody can tell which objects there are. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The objects of the entry at `path` of the scenario: a file's name or an inline object. */
  read(path: Path): readonly Manifest[] {
    const { checked } = this.#context;
    const entry = checked.raw(path);
    if (typeof entry === "string") return this.#file(entry, path);
    const part = isJsonObject(entry)
      ? checked.document.part(path, (node) =>
          this.#rules(checked.document.source, node),
        )
      : null;
    if (part) return this.#objects(part);
    this.#complete = false;
    return [];
  }

  #file(reference: string, path: Path): readonly Manifest[] {
    const { files, problems } = this.#context;
    const file = files.resolve(reference);
    const text = attempt(() => files.read(file));
    if ("error" in text) {
      const { message, place } = text.error;
      const names = files.beside(file);
      problems.add(
        place ? { file, ...place } : positionAt(this.#context, path),
        `Failed to read manifest ${file}: ${message}`,
        didYouMean(file, names).replace(/^; /, "") ||
          "paths start from the scenario's folder",
      );
      this.#complete = false;
      return [];
    }
    const source = readYaml(
      { file, text: text.value, schema: "failsafe", documents: "many" },
      problems,
    );
    if (!source) this.#complete = false;
    return (source?.roots ?? []).flatMap((root) =>
      this.#objects(
        new YamlDocument(source!, root, this.#rules(source!, root), problems),
      ),
    );
  }

  #rules(source: YamlSource, root: Node) {
    const { variables, problems } = this.#context;
    return manifestRules({ source, root, variables, problems });
  }

  #objects(document: YamlDocument): readonly Manifest[] {
    const { value } = document;
    if (value === null) return [];
    const locate =
      (prefix: Path): Locate =>
      (path, part) =>
        part === "key"
          ? document.atKey([...prefix, ...path])
          : document.at([...prefix, ...path]);
    const kind = valueAt(value, "kind");
    const isList = typeof kind === "string" && kind.endsWith("List");
    const found =
      isList && Array.isArray(valueAt(value, "items"))
        ? listAt(value, "items").map((item, i) =>
            this.#object(item, locate(["items", i])),
          )
        : [this.#object(value, locate([]))];
    return found.filter((manifest) => manifest !== null);
  }

  #object(value: JsonValue, locate: Locate): Manifest | null {
    const { problems } = this.#context;
    const position = locate([], "value");
    if (!isJsonObject(value)) {
      problems.add(
        position,
        "a manifest is a mapping with apiVersion and kind",
      );
      this.#complete = false;
      return null;
    }
    const { apiVersion, kind } = value;
    const name = valueAt(value, "metadata", "name");
    if (!isFilled(apiVersion))
      problems.add(position, "apiVersion not set", "add apiVersion, like v1");
    if (!isFilled(kind))
      problems.add(position, "kind not set", "add kind, like Pod");
    if (!isFilled(name))
      problems.add(
        locate(["metadata", "name"], "value"),
        "metadata.name: Required value: name is required",
        "add metadata.name",
      );
    if (!isFilled(apiVersion) || !isFilled(kind) || !isFilled(name)) {
      this.#complete = false;
      return null;
    }
    const own = this.#withNamespace(value, kind);
    this.#check(own, locate);
    // What "applications:" adds is judged where it stands.
    const object = this.#applications.annotated(own, (path) =>
      locate(path, "key"),
    );
    const namespace = valueAt(object, "metadata", "namespace");
    return {
      object,
      kind,
      namespace: isFilled(namespace) ? namespace : "",
      name,
      position,
    };
  }

  #withNamespace(object: JsonObject, kind: string): JsonObject {
    const metadata = object["metadata"] as JsonObject;
    if (isClusterScoped(kind)) return object;
    const { namespace } = metadata;
    if (namespace !== undefined && namespace !== null && namespace !== "")
      return object;
    return {
      ...object,
      metadata: { ...metadata, namespace: this.#context.namespace },
    };
  }

  #check(object: JsonObject, locate: Locate): void {
    for (const problem of this.#context.checkManifest(object)) {
      const { path, message, suggestion } = problem;
      const part = message.startsWith("unknown field") ? "key" : "value";
      this.#context.problems.add(
        locate(path, part),
        suggestion === undefined
          ? message
          : `${message}; did you mean "${suggestion}"?`,
      );
    }
  }
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Reads the list `manifests` and reports objects that stand in it twice. */
export function readManifests(
  reader: ManifestReader,
  context: LoadContext,
): readonly Manifest[] {
  const list = context.checked.raw(["manifests"]);
  const entries = Array.isArray(list) ? list.map((_, i) => i) : [];
  const first = new Map<string, Manifest>();
  for (const manifest of entries.flatMap((i) => [
    ...reader.read(["manifests", i]),
  ])) {
    const earlier = first.get(identity(manifest));
    if (earlier)
      context.problems.add(
        manifest.position,
        `${describe(manifest)} stands twice in the manifests; the first is at ${formatPosition(earlier.position)}`,
        "remove one of them, or apply the second in a step",
      );
    else first.set(identity(manifest), manifest);
  }
  return [...first.values()];
}

/** An object is the same in every version of its API group. */
function identity({ object, kind, namespace, name }: Manifest): string {
  const group = wordAt(object, "apiVersion").split("/").slice(0, -1).join("/");
  return [group, kind, namespace, name].join("\n");
}

function describe({ kind, namespace, name }: Manifest): string {
  const scope = namespace === "" ? "" : ` in namespace ${namespace}`;
  return `the ${kind} "${name}"${scope}`;
}

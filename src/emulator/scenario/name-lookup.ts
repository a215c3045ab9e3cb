/** Names in a scenario, read and looked up: sinks, pods, objects. What is wrong with one is reported at its place. */
import type { JsonObject } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { SinkName, Who } from "../trace/names.ts";
import { formatSink } from "../trace/names.ts";
import { APP_ANNOTATION } from "../world/kinds.ts";
import { fileSinkProblem } from "./container-paths.ts";
import { envSinkProblem } from "./container-variables.ts";
import type { Declared } from "./declared.ts";
import { positionAt, reportAt, textAt, valueAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import { parseObjectName, parseSink, parseWho, SINK_KINDS } from "./names.ts";
import type { ObjectName, Parsed } from "./names.ts";

export class NameLookup {
  readonly #context: LoadContext;
  readonly #declared: Declared;

  constructor(context: LoadContext, declared: Declared) {
    this.#context = context;
    this.#declared = declared;
  }

  /** Null when the name is wrong, unknown or not built; reported then. */
  sink(path: Path): SinkName | null {
    const context = this.#context;
    const written = context.checked.raw(path);
    const kind = isJsonObject(written)
      ? SINK_KINDS.find((name) => name in written)
      : undefined;
    if (kind === undefined) return null;
    const textPath = [...path, kind];
    if (kind === "webhook") {
      context.problems.add(
        context.checked.document.atKey(textPath),
        `the sink "${kind}" is not built yet in this version`,
        "built: file, env, secret, app, lane",
      );
      return null;
    }
    const text = textAt(context, textPath);
    if (text === null) return null;
    const sink = this.#parsed(
      textPath,
      parseSink(kind, text, context.namespace),
    );
    return sink && this.#isKnownSink(sink, textPath) ? sink : null;
  }

  #isKnownSink(sink: SinkName, path: Path): boolean {
    const at = positionAt(this.#context, path);
    if (sink.kind === "file" || sink.kind === "env") {
      if (!this.#isKnownWho(sink.who, path)) return false;
      const problem = this.#declared.objectsKnown
        ? sink.kind === "file"
          ? fileSinkProblem(sink, this.#declared)
          : envSinkProblem(sink, this.#declared)
        : null;
      if (problem) reportAt(this.#context, path, problem);
      return problem === null;
    }
    if (sink.kind === "lane")
      return this.#declared.lane(sink.lane, at) !== null;
    if (sink.kind === "app")
      return this.#isKnownWho(sink.who, path) && this.#hasApp(sink.who, path);
    if (sink.kind !== "secret") return false;
    const { namespace, secret, key } = sink;
    if (!this.#declared.object({ kind: "Secret", namespace, name: secret }, at))
      return false;
    const keys = this.#declared.secretKeys(namespace, secret);
    if (keys.includes(key) || !this.#declared.objectsKnown) return true;
    reportAt(this.#context, path, {
      message: `the Secret "${secret}" never has a key "${key}"${didYouMean(key, keys)}`,
      fix: `its keys: ${keys.join(", ") || "none"}`,
    });
    return false;
  }

  /** A pod, or null as above. */
  who(path: Path): Who | null {
    const text = textAt(this.#context, path);
    if (text === null) return null;
    const who = this.#parsed(path, parseWho(text, this.#context.namespace));
    return who && this.#isKnownWho(who, path) ? who : null;
  }

  /** Pods that run an application, or null as above. */
  app(path: Path): Who | null {
    const who = this.who(path);
    return who && this.#hasApp(who, path) ? who : null;
  }

  #isKnownWho(who: Who, path: Path): boolean {
    return this.#declared.who(who, positionAt(this.#context, path));
  }

  /** Whether what the pods run is an application that Keyturn plays; a problem if not. */
  #hasApp(who: Who, path: Path): boolean {
    const pods = this.#declared.podsOf(who);
    const runs = pods.some((pod) => isFilled(annotationOf(pod)));
    if (runs || !this.#declared.objectsKnown) return true;
    const name = formatSink({ kind: "app", who }, this.#context.namespace);
    reportAt(this.#context, path, {
      message: `${name} has no application`,
      fix: `give it one under "applications:", like ${name}: {how: polls-file, file: /mnt/…, every: 30s}`,
    });
    return false;
  }

  /** `[NAMESPACE/]KIND/NAME`, or null as above. */
  object(path: Path): ObjectName | null {
    const text = textAt(this.#context, path);
    if (text === null) return null;
    const { namespace } = this.#context;
    const object = this.#parsed(
      path,
      parseObjectName(text, namespace, this.#declared.kinds),
    );
    if (object === null) return null;
    const at = positionAt(this.#context, path);
    return this.#declared.object(object, at) ? object : null;
  }

  #parsed<T>(path: Path, parsed: Parsed<T>): T | null {
    if (parsed.ok) return parsed.value;
    reportAt(this.#context, path, parsed);
    return null;
  }
}

function annotationOf(pod: JsonObject) {
  return valueAt(pod, "metadata", "annotations", APP_ANNOTATION);
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Expectation lines and `watch`: from text to what `expectations.ts` judges. Every name is looked up. */
import { isJsonObject } from "../../kernel/json.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { formatDuration } from "../../kernel/time.ts";
import { didYouMean } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { SinkName } from "../trace/names.ts";
import { AUDIT_OPERATIONS } from "./audit-operations.ts";
import type { Declared } from "./declared.ts";
import { describeExpectation } from "./expectation-names.ts";
import type { NamelessExpectation } from "./expectation-names.ts";
import {
  countAt,
  durationAt,
  flagAt,
  numberAt,
  positionAt,
  reportAt,
  textAt,
} from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import type { Between, Count, Expectation } from "./model.ts";
import { NameLookup } from "./name-lookup.ts";
import { readInstant } from "./steps.ts";
import { readVariantNames } from "./variants.ts";

export function readWatch(
  context: LoadContext,
  declared: Declared,
): readonly SinkName[] {
  const names = new NameLookup(context, declared);
  return indices(context, "watch")
    .map((i) => names.sink(["watch", i]))
    .filter((sink) => sink !== null);
}

export function readExpectations(
  context: LoadContext,
  declared: Declared,
): readonly Expectation[] {
  const reader = new LineReader(context, declared);
  return indices(context, "expect")
    .map((i) => reader.line(["expect", i]))
    .filter((line) => line !== null);
}

function indices(context: LoadContext, list: string): number[] {
  return Array.from({ length: countAt(context, [list]) }, (_, i) => i);
}

/** Kinds that `kubectl rollout status` takes. */
const ROLLED_OUT = ["Deployment", "StatefulSet", "DaemonSet"];

class LineReader {
  readonly #context: LoadContext;
  readonly #declared: Declared;
  readonly #names: NameLookup;

  constructor(context: LoadContext, declared: Declared) {
    this.#context = context;
    this.#declared = declared;
    this.#names = new NameLookup(context, declared);
  }

  line(path: Path): Expectation | null {
    const body = this.#body(path);
    const variants = readVariantNames(this.#context, [...path, "variants"]);
    if (body === null || this.#context.checked.isBad(path)) return null;
    const position = positionAt(this.#context, path);
    const name =
      textAt(this.#context, [...path, "name"]) ??
      describeExpectation(body, this.#context.namespace);
    const only = variants === null ? {} : { variants };
    return { ...body, name, position, ...only };
  }

  /** Reads what is sound even when something beside it is not, so that all mistakes of a line are told at once. */
  #body(path: Path): NamelessExpectation | null {
    const line = this.#context.checked.raw(path);
    if (!isJsonObject(line)) return null;
    if ("sink" in line)
      return "holds" in line ? this.#holds(path) : this.#sees(path);
    if ("audit" in line) return this.#audit(path);
    if ("event" in line) return this.#event(path);
    if ("rollouts" in line) return this.#rollouts(path);
    if ("patches" in line) return this.#patches(path);
    if ("outage" in line) return this.#outage(path);
    return "object" in line ? this.#object(path) : null;
  }

  #sees(path: Path): NamelessExpectation | null {
    const context = this.#context;
    const sink = this.#names.sink([...path, "sink"]);
    const stepPath = [...path, "sees"];
    const step = textAt(context, stepPath);
    const isKnown =
      step !== null &&
      this.#declared.settingStep(step, positionAt(context, stepPath));
    const hasAfter = context.checked.raw([...path, "after"]) !== undefined;
    const after = hasAfter ? this.#names.sink([...path, "after"]) : null;
    const within = durationAt(context, [...path, "within"]);
    const never = flagAt(context, [...path, "never"]) ?? false;
    this.#refuseContradictions(path, { never, hasAfter });
    if (!sink || !isKnown || (hasAfter && !after)) return null;
    const exactly = flagAt(context, [...path, "exactly"]) ?? false;
    return { kind: "sees", sink, step, exactly, within, after, never };
  }

  #refuseContradictions(
    path: Path,
    {
      never,
      hasAfter,
    }: { readonly never: boolean; readonly hasAfter: boolean },
  ): void {
    const { checked } = this.#context;
    const hasWithin = checked.raw([...path, "within"]) !== undefined;
    if (never && hasWithin)
      reportAt(this.#context, [...path, "within"], {
        message: '"within" and "never: true" contradict each other',
        fix: "remove one of them",
      });
    if (hasAfter && !hasWithin)
      reportAt(this.#context, [...path, "after"], {
        message:
          '"after" says where "within" counts from, and there is no "within"',
        fix: 'add "within: DURATION"',
      });
  }

  #holds(path: Path): NamelessExpectation | null {
    const context = this.#context;
    const sink = this.#names.sink([...path, "sink"]);
    const value = textAt(context, [...path, "holds"]);
    const at = this.#instantOrEnd([...path, "at"]);
    if (!sink || value === null || at === null) return null;
    return { kind: "holds", sink, at, value };
  }

  #audit(path: Path): NamelessExpectation | null {
    const context = this.#context;
    const at = (key: string) => [...path, "audit", key];
    const named = textAt(context, at("vault"));
    const vault =
      named === null
        ? null
        : this.#declared.vault(named, positionAt(context, at("vault")));
    const operation = textAt(context, at("operation"));
    if (operation !== null && !AUDIT_OPERATIONS.includes(operation))
      reportAt(context, at("operation"), {
        message: `there is no audit operation "${operation}"${didYouMean(operation, AUDIT_OPERATIONS)}`,
        fix: "names are those of the audit log: SecretGet, SecretSet, Authentication …",
      });
    const hasPod = context.checked.raw(at("pod")) !== undefined;
    const pod = hasPod ? this.#names.who(at("pod")) : null;
    const status = numberAt(context, at("status"));
    const counted = this.#counted(path);
    if (vault === null || operation === null || (hasPod && !pod) || !counted)
      return null;
    return { kind: "audit", vault, operation, pod, status, ...counted };
  }

  #event(path: Path): NamelessExpectation | null {
    const context = this.#context;
    const at = (key: string) => [...path, "event", key];
    const reason = textAt(context, at("reason"));
    const hasObject = context.checked.raw(at("object")) !== undefined;
    const object = hasObject ? this.#names.object(at("object")) : null;
    const message = textAt(context, at("message"));
    const objects = flagAt(context, at("objects")) ?? false;
    const counted = this.#counted(path);
    if (reason === null || (hasObject && !object) || !counted) return null;
    return { kind: "event", reason, object, message, objects, ...counted };
  }

  #rollouts(path: Path): NamelessExpectation | null {
    const at = [...path, "rollouts"];
    const object = this.#names.object(at);
    const counted = this.#counted(path);
    if (object === null || counted === null) return null;
    if (ROLLED_OUT.includes(object.kind))
      return { kind: "rollouts", object, ...counted };
    reportAt(this.#context, at, {
      message: `a ${object.kind} has no rollouts`,
      fix: "name a Deployment, a StatefulSet or a DaemonSet, like deployment/web",
    });
    return null;
  }

  #patches(path: Path): NamelessExpectation | null {
    const object = this.#names.object([...path, "patches"]);
    const by = textAt(this.#context, [...path, "by"]);
    const counted = this.#counted(path);
    if (object === null || counted === null) return null;
    return { kind: "patches", object, by, ...counted };
  }

  #outage(path: Path): NamelessExpectation | null {
    const context = this.#context;
    const at = [...path, "outage"];
    const who = this.#names.app([...at, "app"]);
    const named = textAt(context, [...at, "database"]);
    const database =
      named === null
        ? null
        : this.#declared.database(
            named,
            positionAt(context, [...at, "database"]),
          );
    const atLeast = durationAt(context, [...path, "atLeast"]);
    const atMost = durationAt(context, [...path, "atMost"]);
    if (atLeast === null && atMost === null && !context.checked.isBad(path))
      reportAt(context, path, {
        message: 'an outage needs "atMost", "atLeast" or both',
        fix: 'add "atMost: 0s" for none at all',
      });
    if (atLeast !== null && atMost !== null && atLeast > atMost)
      reportAt(context, [...path, "atLeast"], {
        message: `atLeast ${formatDuration(atLeast)} is more than atMost ${formatDuration(atMost)}`,
        fix: "swap them",
      });
    const between = this.#between([...path, "between"]);
    if (who === null || database === null || between === undefined) return null;
    return {
      kind: "outage",
      who,
      database,
      atLeast: atLeast ?? 0,
      atMost: atMost ?? Infinity,
      between,
    };
  }

  #object(path: Path): NamelessExpectation | null {
    const context = this.#context;
    const object = this.#names.object([...path, "object"]);
    const exists = flagAt(context, [...path, "exists"]);
    const hasAt = context.checked.raw([...path, "at"]) !== undefined;
    const at = hasAt ? readInstant(context, [...path, "at"]) : null;
    const between = this.#between([...path, "between"]);
    if (hasAt && context.checked.raw([...path, "between"]) !== undefined)
      reportAt(context, [...path, "between"], {
        message: 'use "at" or "between", not both',
        fix: "remove one of them",
      });
    if (!object || exists === null || between === undefined) return null;
    if (hasAt && at === null) return null;
    return { kind: "object", object, exists, at, between };
  }

  #instantOrEnd(path: Path): DurationMs | null {
    return this.#context.checked.raw(path) === undefined
      ? this.#context.duration
      : readInstant(this.#context, path);
  }

  #counted(
    path: Path,
  ): { readonly between: Between | null; readonly count: Count } | null {
    const between = this.#between([...path, "between"]);
    const count = this.#count([...path, "count"]);
    return between === undefined || count === null ? null : { between, count };
  }

  /** Null when nothing is written, undefined when it is wrong. */
  #between(path: Path): Between | null | undefined {
    if (this.#context.checked.raw(path) === undefined) return null;
    if (this.#context.checked.isBad(path)) return undefined;
    const from = readInstant(this.#context, [...path, 0]);
    const to = readInstant(this.#context, [...path, 1]);
    if (from === null || to === null) return undefined;
    if (from < to) return { from, to };
    reportAt(this.#context, path, {
      message: "between is [FROM, TO): FROM must come before TO",
      fix: 'swap them, or use "at" for one instant',
    });
    return undefined;
  }

  /** At least once when nothing is written. Null when it is wrong. */
  #count(path: Path): Count | null {
    const context = this.#context;
    if (context.checked.raw(path) === undefined)
      return { min: 1, max: Infinity };
    const exact = numberAt(context, path);
    if (exact !== null) return { min: exact, max: exact };
    if (context.checked.isBad(path)) return null;
    const min = numberAt(context, [...path, "min"]);
    const max = numberAt(context, [...path, "max"]);
    if (min === null && max === null)
      reportAt(context, path, {
        message: 'count needs "min", "max" or both',
        fix: "write a number, or {min: 1}",
      });
    if (min !== null && max !== null && min > max)
      reportAt(context, path, {
        message: `count: min ${min} is more than max ${max}`,
        fix: "swap them",
      });
    return { min: min ?? 0, max: max ?? Infinity };
  }
}

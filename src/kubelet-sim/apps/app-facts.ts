/** What the trace is told of an application. */
import type { ContentRef } from "../../kernel/content.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type {
  AppEventFact,
  AppHoldsFact,
  AppLifeFact,
  AppLookedFact,
  AppRequestFact,
} from "../facts.ts";
import { withoutDoubles } from "../node-volumes.ts";
import type { AppRecord } from "./app-record.ts";
import type { SourceRead } from "./app-source.ts";
import { intervalOf, readsText } from "./app-kinds.ts";

export class AppReporter {
  readonly #sim: Simulation;
  readonly #at: string;

  constructor(sim: Simulation, node: string) {
    this.#sim = sim;
    this.#at = `${node}/apps`;
  }

  /** Returns the fact's `seq`. */
  life(type: AppLifeFact["type"], record: AppRecord): number {
    const { spec } = record;
    return this.#record(type, record, {
      ...idOf(record),
      app: spec.how,
      reads: readsText(spec),
      everyMs: intervalOf(spec),
    } satisfies AppLifeFact["data"]);
  }

  /** What it holds now is known to come from this fact on; returns it. */
  holds(record: AppRecord, read: SourceRead & { readonly ok: true }) {
    const { content, source, resourceVersion } = read;
    const { object, version, ordinal, form, from } = content;
    const data: AppHoldsFact["data"] = {
      ...idOf(record),
      object,
      version,
      ordinal,
      form,
      ...(source === undefined ? {} : { source }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      reads: readsText(record.spec),
    };
    const causes = withoutDoubles([from, ...this.#sim.trace.causes]);
    const held: ContentRef = {
      ...content,
      from: this.#record("app.holds", record, data, causes),
    };
    return held;
  }

  /** It looked, and what it holds stays. Empty error: nothing was new. */
  looked(record: AppRecord, error: string): void {
    const { unchanged } = record;
    const data: AppLookedFact["data"] =
      error === "" ? unchanged : { ...unchanged, outcome: "failed", error };
    this.#sim.trace.repeat({
      type: "app.looked" satisfies AppLookedFact["type"],
      at: this.#at,
      about: aboutOf(record),
      data,
    });
  }

  event(
    type: AppEventFact["type"],
    record: AppRecord,
    delivered: boolean,
    detail: string,
  ): void {
    const data = { ...idOf(record), delivered, detail };
    this.#record(type, record, data satisfies AppEventFact["data"]);
  }

  /** A request to the database with what it presented has been answered. */
  request(record: AppRecord, accepted: boolean): void {
    const { object, version, ordinal, from } = record.presented!;
    const { trace } = this.#sim;
    trace.repeat({
      type: "app.request" satisfies AppRequestFact["type"],
      at: this.#at,
      about: aboutOf(record),
      causes: withoutDoubles([from, ...trace.causes]),
      data: {
        ...idOf(record),
        database: record.spec.database ?? "",
        accepted,
        object,
        version,
        ordinal,
      } satisfies AppRequestFact["data"],
    });
  }

  #record(
    type: string,
    record: AppRecord,
    data: JsonObject,
    causes = this.#sim.trace.causes,
  ): number {
    const about = aboutOf(record);
    return this.#sim.trace.record({ type, at: this.#at, about, data, causes });
  }
}

export function idOf({
  namespace,
  name,
  uid,
  container,
}: Pick<AppRecord, "namespace" | "name" | "uid" | "container">) {
  return { namespace, name, uid, container };
}

function aboutOf({ namespace, name }: AppRecord): string {
  return `${namespace}/${name}`;
}

/**
 * Which vault version, or which literal, is behind each key of a Secret: provenance that travels beside the object.
 * Keyturn's own; Kubernetes knows nothing of it.
 *
 * A key whose writer says where its bytes come from keeps that origin. Any other bytes are a literal of the Secret:
 * `<namespace>/secret/<name>/<key>`, its versions counted by the changes of the bytes.
 *
 * Simplification: A write of equal bytes changes nothing, so a Secret goes on naming the vault version that first brought its bytes although a newer version holds the same.
 */
import { base64ToBytes } from "../../kernel/bytes.ts";
import type { ContentRef } from "../../kernel/content.ts";
import type { Draws } from "../../kernel/draw.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { JsonValue } from "../../kernel/json.ts";
import type { Cause } from "../../kernel/trace.ts";
import type { ContentFact } from "../facts.ts";
import type { ApiObject, Contents, Stored } from "../ports.ts";
import type { StoreState } from "./store.ts";
import { objectOf, stringOf } from "./validation/reading.ts";

type Origin = Omit<ContentRef, "from">;

export interface ContentPlan {
  /** By key, sorted; `from` is what it was before this write, or what the writer gave. Null: a literal of this write. */
  readonly entries: ReadonlyMap<
    string,
    {
      readonly origin: Origin;
      readonly from: Cause | null;
      readonly changed: boolean;
    }
  >;
  /** Bytes of new literals, for the value book. */
  readonly literals: readonly {
    readonly origin: Origin;
    readonly bytes: Uint8Array;
  }[];
}

const LITERAL_VERSION_WORDS = 1;

/** Decides the origin of every key. Counts new literals in `state`. */
export function planContents(
  state: StoreState,
  draws: Draws,
  write: {
    readonly before: Stored | null;
    readonly after: ApiObject;
    readonly given: Contents | undefined;
  },
): ContentPlan {
  const data = dataOf(write.after);
  const old = write.before === null ? {} : dataOf(write.before.object);
  const entries: [
    string,
    { origin: Origin; from: Cause | null; changed: boolean },
  ][] = [];
  const literals: { origin: Origin; bytes: Uint8Array }[] = [];
  for (const key of Object.keys(data).sort(byCodeUnit)) {
    const previous = write.before?.contents?.[key];
    const sameBytes = old[key] === data[key];
    const given = write.given?.[key];
    if (given !== undefined) {
      const kept =
        previous !== undefined && sameBytes && sameOrigin(previous, given);
      const { from, ...origin } = kept ? previous : given;
      entries.push([key, { origin, from, changed: !kept }]);
    } else if (previous !== undefined && sameBytes) {
      const { from, ...origin } = previous;
      entries.push([key, { origin, from, changed: false }]);
    } else {
      const origin = newLiteral(state, draws, write.after, key);
      literals.push({ origin, bytes: base64ToBytes(stringOf(data[key])) });
      entries.push([key, { origin, from: null, changed: true }]);
    }
  }
  return { entries: new Map(entries), literals };
}

function dataOf(object: ApiObject): Readonly<Record<string, JsonValue>> {
  return objectOf(object["data"] as JsonValue | undefined);
}

function sameOrigin(a: Origin, b: Origin): boolean {
  return a.object === b.object && a.version === b.version && a.form === b.form;
}

function newLiteral(
  state: StoreState,
  draws: Draws,
  object: ApiObject,
  key: string,
): Origin {
  const { namespace, name } = object.metadata;
  const literal = `${namespace}/secret/${name}/${key}`;
  const ordinal = (state.literals.get(literal) ?? 0) + 1;
  state.literals.set(literal, ordinal);
  const draw = `apiserver/literal/${literal}`;
  const version = draws.hex(draw, ordinal - 1, LITERAL_VERSION_WORDS);
  return { object: literal, version, ordinal, form: "as-is" };
}

/** The newest fact that brought changed bytes here: the write's first cause. Null when all are literals. */
export function provenance(plan: ContentPlan): Cause | null {
  let newest: Cause | null = null;
  for (const { from, changed } of plan.entries.values())
    if (changed && from !== null && (newest === null || later(from, newest)))
      newest = from;
  return newest;
}

function later(a: Cause, b: Cause): boolean {
  const [seqA, nA] = typeof a === "number" ? [a, 0] : a;
  const [seqB, nB] = typeof b === "number" ? [b, 0] : b;
  return seqA === seqB ? nA > nB : seqA > seqB;
}

/** As facts carry them, sorted by key. */
export function contentFacts(plan: ContentPlan): ContentFact[] {
  return [...plan.entries].map(([key, { origin }]) => ({ key, ...origin }));
}

/** As they are stored: what this write changed came here with the write's own fact. */
export function storedContents(plan: ContentPlan, seq: number): Contents {
  return Object.fromEntries(
    [...plan.entries].map(([key, { origin, from, changed }]) => [
      key,
      { ...origin, from: changed || from === null ? seq : from },
    ]),
  );
}

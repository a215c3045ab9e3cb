/**
 * Which vault version, or which literal, is behind each key of a Secret or ConfigMap: provenance that travels beside the
 * object. Keyturn's own; Kubernetes knows nothing of it.
 *
 * A key whose writer says where its bytes come from keeps that origin. Any other bytes are a literal of the object:
 * `<namespace>/secret/<name>/<key>` or `<namespace>/configmap/<name>/<key>`, its versions counted by the changes of the bytes.
 *
 * Simplification: A write of equal bytes changes nothing, so an object goes on naming the vault version that first brought its bytes although a newer version holds the same.
 */
import {
  base64ToBytes,
  bytesToBase64,
  utf8ToBytes,
} from "../../kernel/bytes.ts";
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
  const old = write.before === null ? NO_DATA : dataOf(write.before.object);
  const entries: [
    string,
    { origin: Origin; from: Cause | null; changed: boolean },
  ][] = [];
  const literals: { origin: Origin; bytes: Uint8Array }[] = [];
  for (const key of [...data.keys()].sort(byCodeUnit)) {
    const value = data.get(key)!;
    const previous = write.before?.contents?.[key];
    const same = sameBytes(old.get(key), value);
    const given = write.given?.[key];
    if (given !== undefined) {
      const kept =
        previous !== undefined && same && sameOrigin(previous, given);
      const { from, ...origin } = kept ? previous : given;
      entries.push([key, { origin, from, changed: !kept }]);
    } else if (previous !== undefined && same) {
      const { from, ...origin } = previous;
      entries.push([key, { origin, from, changed: false }]);
    } else {
      const origin = newLiteral(state, draws, write.after, key);
      literals.push({ origin, bytes: bytesOf(value) });
      entries.push([key, { origin, from: null, changed: true }]);
    }
  }
  return { entries: new Map(entries), literals };
}

/** Kinds whose bytes are followed. */
export function hasContents({ kind }: ApiObject): boolean {
  return kind === "Secret" || kind === "ConfigMap";
}

/** How a value stands in the object: text, or base64 of any bytes. */
type Data = ReadonlyMap<
  string,
  { readonly text: string; readonly raw: boolean }
>;

/** Values by key: no key is both in `data` and in `binaryData` of a ConfigMap. */
function dataOf(object: ApiObject): Data {
  const found = new Map<string, { text: string; raw: boolean }>();
  const members = object.kind === "Secret" ? ["data"] : ["data", "binaryData"];
  for (const member of members) {
    const raw = object.kind === "ConfigMap" && member === "data";
    const values = objectOf(object[member] as JsonValue | undefined);
    for (const key in values)
      found.set(key, { text: stringOf(values[key]), raw });
  }
  return found;
}

const NO_DATA: Data = new Map();

function bytesOf({ text, raw }: { text: string; raw: boolean }): Uint8Array {
  return raw ? utf8ToBytes(text) : base64ToBytes(text);
}

function sameBytes(
  a: { readonly text: string; readonly raw: boolean } | undefined,
  b: { readonly text: string; readonly raw: boolean },
): boolean {
  if (a === undefined) return false;
  if (a.raw === b.raw) return a.text === b.text;
  const [raw, encoded] = a.raw ? [a, b] : [b, a];
  return bytesToBase64(utf8ToBytes(raw.text)) === encoded.text;
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
  const kind = object.kind === "Secret" ? "secret" : "configmap";
  const literal = `${namespace}/${kind}/${name}/${key}`;
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

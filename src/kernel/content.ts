/**
 * Which vault version some bytes came from. It travels beside the bytes (in payloads, in stored Secrets), never inside
 * them, and nothing simulated can read it: it is how the trace knows provenance although values are equal.
 *
 * The value book is the only place that maps it to bytes; facts carry the reference alone.
 */

import type { Cause } from "./trace.ts";

/** `vault` and `object` of a Key Vault object, or `literal` for bytes that somebody wrote into a manifest. */
export interface ContentRef {
  /** `kvdemo/secrets/secret1`, or `default/secret/app/password` for a literal. */
  readonly object: string;
  /** 32 hex digits for a vault version; for a literal a drawn id. */
  readonly version: string;
  /** 1 for the first version of the object: what people see as v1. */
  readonly ordinal: number;
  /** How the bytes were derived from the value: `as-is`, `base64`, `hex` … */
  readonly form: string;
  /** The fact that brought these bytes here: the first cause of what happens with them next. */
  readonly from: Cause;
}

/** The key of the value book: the same bytes for every place that holds this content. */
export function contentKey(ref: Omit<ContentRef, "from">): string {
  return `${ref.object}/${ref.version}#${ref.form}`;
}

/** Contents and their bytes, in memory only. A component by state alone, so that snapshots carry it. */
export class ValueBook {
  readonly name = "value-book";
  state = new Map<string, Uint8Array>();

  put(ref: Omit<ContentRef, "from">, bytes: Uint8Array): void {
    this.state.set(contentKey(ref), bytes);
  }

  /** Null for a content that was never held here. */
  get(ref: Omit<ContentRef, "from">): Uint8Array | null {
    return this.state.get(contentKey(ref)) ?? null;
  }

  handle(): void {
    // Nothing is ever scheduled for the value book.
  }
}

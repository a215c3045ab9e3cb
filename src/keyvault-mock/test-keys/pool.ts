/**
 * The pool of test keys, and which one a version gets: by draw, never the one of the version before it.
 * Simplification: keys and certificates of a world come from a small pool of test material, so that after a few versions one comes again; all certificates are valid from 2020 to 2049.
 */
import type { Draws } from "../../kernel/draw.ts";
import type { KeyKind } from "../key-kind.ts";
import { P_256 } from "./p-256.ts";
import { P_384 } from "./p-384.ts";
import { P_521 } from "./p-521.ts";
import { RSA_2048 } from "./rsa-2048.ts";
import { RSA_3072 } from "./rsa-3072.ts";
import { RSA_4096 } from "./rsa-4096.ts";
import type { TestKey } from "./test-key.ts";

const RSA_KEYS = { 2048: RSA_2048, 3072: RSA_3072, 4096: RSA_4096 } as const;
const EC_KEYS = { "P-256": P_256, "P-384": P_384, "P-521": P_521 } as const;

/** At least two. */
export function testKeysOf(kind: KeyKind): readonly TestKey[] {
  return "curve" in kind ? EC_KEYS[kind.curve] : RSA_KEYS[kind.keySize];
}

/** Index of the test key of a version: the draw `name` of its ordinal. `before`: that of the version before, if it is of the same pool. */
export function drawTestKey(
  draws: Draws,
  kind: KeyKind,
  name: string,
  ordinal: number,
  before: number | null,
): number {
  const count = testKeysOf(kind).length;
  if (before === null) return draws.between(0, count, name, ordinal);
  const index = draws.between(0, count - 1, name, ordinal);
  return index < before ? index : index + 1;
}

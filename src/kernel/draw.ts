/**
 * Chance as a function: draw = f(seed, name, index, lane). Nobody shares a stream, so a new consumer never shifts
 * another's draws; the owner of a name keeps its index. Only 32-bit integer arithmetic, equal on every engine.
 *
 * Names go by owner and ordinal (`kubelet/node-0/default/busybox/resync`), never by generated names.
 */

/** Where a draw comes from: who owns it, which one it is. Facts carry it so that a view can draw again. */
export interface DrawRef {
  readonly name: string;
  readonly index: number;
}

const UINT32 = 2 ** 32;

interface NameHash {
  readonly a: number;
  readonly b: number;
}

/** Two independent 32-bit lanes of a string, FNV-1a with different offsets: 64 bits make a collision of names unlikely. */
function hashName(name: string): NameHash {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
    b ^= b >>> 15;
  }
  return { a: a >>> 0, b: b >>> 0 };
}

/** The finaliser of MurmurHash3: every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Codes of the hexadecimal digits. */
const DIGITS = Uint8Array.from("0123456789abcdef", (digit) =>
  digit.charCodeAt(0),
);
const DASH = 0x2d;

/** The digit of `word` that begins at bit `shift`, as a character code. */
const digit = (word: number, shift: number): number =>
  DIGITS[(word >>> shift) & 0xf]!;

export class Draws {
  readonly seed: number;
  /** A pure cache: what it holds changes no draw. */
  readonly #hashes = new Map<string, NameHash>();
  readonly #low: number;
  readonly #high: number;

  /** `seed`: an integer, 0 to 2^53 - 1. */
  constructor(seed: number) {
    this.seed = seed;
    this.#low = mix((seed >>> 0) ^ 0x2545f491);
    this.#high = Math.floor(seed / UINT32);
  }

  /** Uniform over 0 to 2^32 - 1. `lane` tells several draws of one index apart. */
  uint32(name: string, index: number, lane = 0): number {
    return this.#word(this.#hashOf(name), index, lane);
  }

  #hashOf(name: string): NameHash {
    let hash = this.#hashes.get(name);
    if (hash === undefined) {
      hash = hashName(name);
      this.#hashes.set(name, hash);
    }
    return hash;
  }

  #word(hash: NameHash, index: number, lane: number): number {
    // The two halves of the name enter on either side of a round: joined before it, they would be 32 bits together.
    let h = mix(this.#low ^ this.#high ^ hash.a);
    h = mix(h + Math.imul(lane + 1, 0x9e3779b1));
    h = mix(h ^ Math.imul(index, 0x27d4eb2f));
    return mix(h + hash.b + Math.floor(index / UINT32));
  }

  /** Uniform over the integers `low` to `high - 1`. */
  between(
    low: number,
    high: number,
    name: string,
    index: number,
    lane = 0,
  ): number {
    const span = high - low;
    if (span <= 1) return low;
    return low + Math.floor((this.uint32(name, index, lane) * span) / UINT32);
  }

  /** `words` x 8 lower-case hexadecimal digits. */
  hex(name: string, index: number, words: number): string {
    const hash = this.#hashOf(name);
    let text = "";
    for (let lane = 0; lane < words; lane++) {
      text += hexOf(this.#word(hash, index, lane));
    }
    return text;
  }

  /** A version 4 UUID by form: the digits of `hex` with version and variant put in. */
  uuid(name: string, index: number): string {
    const hash = this.#hashOf(name);
    const a = this.#word(hash, index, 0);
    const b = this.#word(hash, index, 1);
    const c = this.#word(hash, index, 2);
    const d = this.#word(hash, index, 3);
    return uuidOf(
      a,
      (b & 0xffff0fff) | 0x4000,
      (c & 0x3fffffff) | 0x80000000,
      d,
    );
  }

  /** The integers 0 to `count - 1` in a drawn order (Fisher-Yates, one lane a swap). */
  order(count: number, name: string, index: number): number[] {
    const items = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.between(0, i + 1, name, index, i);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }
}

/** Eight digits. */
function hexOf(word: number): string {
  return String.fromCharCode(
    digit(word, 28),
    digit(word, 24),
    digit(word, 20),
    digit(word, 16),
    digit(word, 12),
    digit(word, 8),
    digit(word, 4),
    digit(word, 0),
  );
}

/** In one call: an audit log of a simulated day has millions of ids, and text joined from pieces takes several times as long. */
function uuidOf(a: number, b: number, c: number, d: number): string {
  return String.fromCharCode(
    digit(a, 28),
    digit(a, 24),
    digit(a, 20),
    digit(a, 16),
    digit(a, 12),
    digit(a, 8),
    digit(a, 4),
    digit(a, 0),
    DASH,
    digit(b, 28),
    digit(b, 24),
    digit(b, 20),
    digit(b, 16),
    DASH,
    digit(b, 12),
    digit(b, 8),
    digit(b, 4),
    digit(b, 0),
    DASH,
    digit(c, 28),
    digit(c, 24),
    digit(c, 20),
    digit(c, 16),
    DASH,
    digit(c, 12),
    digit(c, 8),
    digit(c, 4),
    digit(c, 0),
    digit(d, 28),
    digit(d, 24),
    digit(d, 20),
    digit(d, 16),
    digit(d, 12),
    digit(d, 8),
    digit(d, 4),
    digit(d, 0),
  );
}

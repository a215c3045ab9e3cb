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

/** Four digits for each 16-bit half of a word: an audit log of a simulated day has millions of ids. */
const HEX = Array.from({ length: 0x10000 }, (_, half) =>
  half.toString(16).padStart(4, "0"),
);

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
      const word = this.#word(hash, index, lane);
      text += HEX[word >>> 16]! + HEX[word & 0xffff]!;
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
    const version = (b & 0x0fff) | 0x4000;
    const variant = ((c >>> 16) & 0x3fff) | 0x8000;
    return `${HEX[a >>> 16]}${HEX[a & 0xffff]}-${HEX[b >>> 16]}-${HEX[version]}-${HEX[variant]}-${HEX[c & 0xffff]}${HEX[d >>> 16]}${HEX[d & 0xffff]}`;
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

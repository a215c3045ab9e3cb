import fc from "fast-check";
import { expect, test } from "vitest";
import { aContainer } from "./support.ts";

const RUNS = { seed: 11, numRuns: 150 };

/** One container for all: words change nothing in it. */
const container = aContainer();

/** Any text a word can hold. */
const text = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .filter((value) => !value.includes("\0"));

/** Text full of what means something to a shell. */
const thorny = fc
  .array(
    fc.constantFrom(..."ab \t\n'\"\\$`*?[]{}()<>|&;#~!=:-%^,/é".split("")),
    {
      maxLength: 12,
    },
  )
  .map((chars) => chars.join(""));

const anyText = fc.oneof(text, thorny);

const single = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
const double = (value: string) =>
  `"${value.replaceAll(/[\\"$`]/g, String.raw`\$&`)}"`;
const escaped = (value: string) =>
  value === ""
    ? "''"
    : [...value].map((char) => (char === "\n" ? "'\n'" : `\\${char}`)).join("");

test("whatever is quoted, in any way, is taken as it is", () => {
  const quoting = fc.constantFrom(single, double, escaped);
  const words = fc.array(fc.tuple(anyText, quoting), { maxLength: 4 });
  fc.assert(
    fc.property(words, (list) => {
      const script = `printf '<%s>' x ${list.map(([value, quote]) => quote(value)).join(" ")}`;
      const fields = list.map(([value]) => `<${value}>`).join("");
      expect(container.prints(script)).toBe(`<x>${fields}`);
    }),
    RUNS,
  );
});

test("a value in double quotes passes through a variable unchanged", () => {
  fc.assert(
    fc.property(anyText, (value) => {
      const script = `x=${single(value)}; y="$x"; printf '%s' "$y" "\${x}" "\${nope-$x}"`;
      expect(container.prints(script)).toBe(value.repeat(3));
    }),
    RUNS,
  );
});

test("a value without quotes is split at white space", () => {
  const value = fc
    .array(
      fc.constantFrom("a", "b", " ", "\t", "\n", "é", "=", "'", '"', "$"),
      {
        maxLength: 14,
      },
    )
    .map((chars) => chars.join(""));
  fc.assert(
    fc.property(value, (content) => {
      const fields = content.split(/[ \t\n]+/).filter((field) => field !== "");
      const script = `x=${single(content)}; set -- $x; printf '%s' $#; printf '<%s>' "$@"`;
      const shown =
        fields.length === 0 ? "<>" : fields.map((f) => `<${f}>`).join("");
      expect(container.prints(script)).toBe(`${fields.length}${shown}`);
    }),
    RUNS,
  );
});

test("with a separator that is no white space every separator ends a field", () => {
  const value = fc
    .array(fc.constantFrom("a", "b", ":", " "), { maxLength: 12 })
    .map((chars) => chars.join(""));
  fc.assert(
    fc.property(value, (content) => {
      const fields = content.split(":");
      // What the last separator ends is the last field.
      if (fields.at(-1) === "") fields.pop();
      const script = `IFS=:; x=${single(content)}; printf '<%s>' y $x`;
      const shown = fields.map((field) => `<${field}>`).join("");
      expect(container.prints(script)).toBe(`<y>${shown}`);
    }),
    RUNS,
  );
});

test("prefixes and suffixes that are quoted are cut as text", () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      const script = `x=${single(a + b)}; a=${single(a)}; b=${single(b)}; printf '%s|%s' "\${x#"$a"}" "\${x%"$b"}"`;
      expect(container.prints(script)).toBe(`${b}|${a}`);
    }),
    RUNS,
  );
});

test("arithmetic is that of 64-bit integers", () => {
  const number = fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n });
  const operator = fc.constantFrom("+", "-", "*", "/", "%", "<", "==");
  fc.assert(
    fc.property(number, operator, number, (a, op, b) => {
      fc.pre(b !== 0n || (op !== "/" && op !== "%"));
      const results: Record<string, bigint> = {
        "+": a + b,
        "-": a - b,
        "*": BigInt.asIntN(64, a * b),
        "/": b === 0n ? 0n : a / b,
        "%": b === 0n ? 0n : a % b,
        "<": a < b ? 1n : 0n,
        "==": a === b ? 1n : 0n,
      };
      const script = `a=${a}; b=${b}; echo $((a ${op} b)) $(($a ${op} $b)) $(( (${a}) ${op} (${b}) ))`;
      const expected = `${results[op]}`;
      expect(container.prints(script)).toBe(
        `${expected} ${expected} ${expected}\n`,
      );
    }),
    RUNS,
  );
});

test("base64 and its inverse, and here-documents, keep every text", () => {
  fc.assert(
    fc.property(anyText, (value) => {
      const script = `printf '%s' ${single(value)} | base64 -w 0 | base64 -d`;
      expect(container.prints(script)).toBe(value);
    }),
    RUNS,
  );
});

/** `printf`. Source: busybox 1.36 coreutils/printf.c */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { Routine } from "../system/effects.ts";
import { joined } from "../system/open-files.ts";
import { unescaped } from "./echo.ts";
import { wrongUsage } from "./options.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

const USAGE = { usage: "printf FORMAT [ARG]..." };

type Directive =
  | { readonly literal: Uint8Array; readonly stopped: boolean }
  | {
      readonly conversion: string;
      readonly flags: string;
      readonly width: string;
      readonly precision: string | null;
    };

export const printf: Utility = function* (context) {
  const argv = context.argv[0] === "--" ? context.argv.slice(1) : context.argv;
  const [format, ...args] = argv;
  if (format === undefined && context.builtIn === true) {
    yield* complain(context, "usage: printf FORMAT [ARGUMENT...]");
    return 2;
  }
  if (format === undefined) return yield* wrongUsage(context, USAGE);
  const directives = directivesOf(format);
  if (typeof directives === "string") {
    yield* complain(context, `${directives}: invalid format`);
    return 1;
  }
  const run = new Formatting(args);
  do {
    if (!run.format(directives)) break;
  } while (run.consumed && run.left > 0);
  const printed = yield* print(context, joined(run.pieces));
  const bad = yield* complainOf(context, run.bad);
  return printed && !bad ? 0 : 1;
};

function* complainOf(
  context: Context,
  bad: readonly string[],
): Routine<boolean> {
  for (const word of bad) yield* complain(context, `invalid number '${word}'`);
  return bad.length > 0;
}

/** A text is the directive that is none. */
function directivesOf(format: string): Directive[] | string {
  const directives: Directive[] = [];
  let rest = format;
  while (rest !== "") {
    const at = rest.indexOf("%");
    const literal = at === -1 ? rest : rest.slice(0, at);
    if (literal !== "") {
      const { bytes, stopped } = unescaped(literal, { zero: false });
      directives.push({ literal: bytes, stopped });
    }
    if (at === -1) break;
    rest = rest.slice(at);
    const match =
      /^%([-+ #0]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?[hlLjzt]*([A-Za-z%])/.exec(
        rest,
      );
    const conversion = match?.[4] ?? "";
    if (match === null || !"diouxXcsbfeEgG%".includes(conversion))
      return conversion === "" ? "%" : `%${conversion}`;
    const [whole, flags = "", width = "", precision] = match;
    directives.push({
      conversion,
      flags,
      width,
      precision: precision ?? null,
    });
    rest = rest.slice(whole.length);
  }
  return directives;
}

class Formatting {
  readonly pieces: Uint8Array[] = [];
  readonly bad: string[] = [];
  /** Whether the format takes arguments at all. */
  consumed = false;
  readonly #args: string[];

  constructor(args: readonly string[]) {
    this.#args = [...args];
  }

  get left(): number {
    return this.#args.length;
  }

  /** False when `\c` ended it. */
  format(directives: readonly Directive[]): boolean {
    for (const directive of directives) {
      if ("literal" in directive) {
        this.pieces.push(directive.literal);
        if (directive.stopped) return false;
      } else if (!this.#convert(directive)) return false;
    }
    return true;
  }

  #convert(directive: Exclude<Directive, { literal: Uint8Array }>): boolean {
    const { conversion } = directive;
    if (conversion === "%") {
      this.pieces.push(utf8ToBytes("%"));
      return true;
    }
    this.consumed = true;
    const star = (text: string | null) =>
      text === "*" ? this.#integer(this.#next()) : Number(text || 0);
    const width = star(directive.width);
    const precision =
      directive.precision === null ? null : star(directive.precision);
    const left = directive.flags.includes("-") || width < 0;
    const pad = (text: string) =>
      left ? text.padEnd(Math.abs(width)) : text.padStart(width);
    if (conversion === "b") {
      const { bytes, stopped } = unescaped(this.#next(), { zero: true });
      this.pieces.push(bytes);
      return !stopped;
    }
    const text = this.#text(conversion, directive.flags, {
      precision,
      width: left ? 0 : width,
    });
    this.pieces.push(utf8ToBytes(pad(text)));
    return true;
  }

  #text(
    conversion: string,
    flags: string,
    {
      precision,
      width,
    }: {
      readonly precision: number | null;
      readonly width: number;
    },
  ): string {
    if (conversion === "s") {
      const text = this.#next();
      return precision === null ? text : text.slice(0, precision);
    }
    if (conversion === "c") return [...this.#next()][0] ?? "";
    const value = "feEgG".includes(conversion)
      ? realText(this.#real(this.#next()), conversion, precision)
      : this.#integerText(conversion, precision);
    const sign = value.startsWith("-")
      ? "-"
      : flags.includes("+")
        ? "+"
        : flags.includes(" ")
          ? " "
          : "";
    const digits = value.replace(/^-/, "");
    const zeros = flags.includes("0") && precision === null;
    return sign + (zeros ? digits.padStart(width - sign.length, "0") : digits);
  }

  #integerText(conversion: string, precision: number | null): string {
    const value = BigInt(this.#integer(this.#next()));
    const unsigned = BigInt.asUintN(64, value);
    const text =
      conversion === "x"
        ? unsigned.toString(16)
        : conversion === "X"
          ? unsigned.toString(16).toUpperCase()
          : conversion === "o"
            ? unsigned.toString(8)
            : conversion === "u"
              ? unsigned.toString()
              : value.toString();
    const negative = text.startsWith("-");
    const digits = text.replace(/^-/, "").padStart(precision ?? 1, "0");
    return negative ? `-${digits}` : digits;
  }

  #next(): string {
    return this.#args.shift() ?? "";
  }

  #integer(text: string): number {
    if (text === "") return 0;
    // 'a is the character's number.
    if (/^['"]./u.test(text)) return text.codePointAt(1)!;
    const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(
      text,
    );
    if (match === null) {
      this.bad.push(text);
      return 0;
    }
    const digits = match[2]!;
    const octal = /^0[0-7]/.test(digits);
    const value = octal ? Number.parseInt(digits, 8) : Number(digits);
    return match[1] === "-" ? -value : value;
  }

  #real(text: string): number {
    const value = text === "" ? 0 : Number(text);
    if (!Number.isNaN(value)) return value;
    this.bad.push(text);
    return 0;
  }
}

function realText(
  value: number,
  conversion: string,
  precision: number | null,
): string {
  const digits = precision ?? 6;
  const upper = conversion === "E" || conversion === "G";
  const text =
    conversion === "f"
      ? value.toFixed(digits)
      : "eE".includes(conversion)
        ? exponential(value, digits)
        : general(value, digits || 1);
  return upper ? text.toUpperCase() : text;
}

function exponential(value: number, digits: number): string {
  return value
    .toExponential(digits)
    .replace(
      /e([+-])(\d)$/,
      (_, sign: string, digit: string) => `e${sign}0${digit}`,
    );
}

function general(value: number, digits: number): string {
  const exponent =
    value === 0 ? 0 : Number(value.toExponential(digits - 1).split("e")[1]);
  if (exponent < -4 || exponent >= digits) {
    const [mantissa = "", power = ""] = exponential(value, digits - 1).split(
      "e",
    );
    return `${mantissa.replace(/\.?0+$/, "")}e${power}`;
  }
  const text = value.toFixed(Math.max(digits - 1 - exponent, 0));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

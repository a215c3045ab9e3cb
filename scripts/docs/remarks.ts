/** Collects what the source says about its own fidelity: the docstring lines that `docs/fidelity.md` is made of. */

export const REMARK_KINDS = [
  "Simplification",
  "Differs",
  "Setting",
  "From code alone",
] as const;
export type RemarkKind = (typeof REMARK_KINDS)[number];

export interface Remark {
  readonly kind: RemarkKind;
  /** From the project's root. */
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

const COMMENT_LINE = /^\s*(?:\/\*\*|\*(?!\/)|\/\/)\s?(.*?)\s*(\*\/)?\s*$/;
const REMARK = new RegExp(`^\\s*(${REMARK_KINDS.join("|")}):\\s+(.*)$`);
/** Another tag: `Source: …`, `@throws`, or a heading of a machine's specification (`Timers   RESYNC …`). */
const OTHER_TAG = /^\s*(?:[A-Z][a-z]+:(?:\s|$)|@\w|[A-Z][a-z]+\s{2,}\S)/;

/** A remark goes on over the next lines of its comment, until a blank one or another tag. */
export function remarksOf(path: string, source: string): Remark[] {
  const remarks: Remark[] = [];
  let open: { kind: RemarkKind; line: number; text: string } | null = null;
  const close = () => {
    if (open !== null) remarks.push({ path, ...open });
    open = null;
  };
  source.split("\n").forEach((written, i) => {
    const [, text, end] = COMMENT_LINE.exec(written) ?? [];
    if (text === undefined) return close();
    const [, kind, start] = REMARK.exec(text) ?? [];
    if (kind !== undefined && start !== undefined) {
      close();
      open = { kind: kind as RemarkKind, line: i + 1, text: start };
    } else if (text.trim() === "" || OTHER_TAG.test(text)) {
      close();
    } else if (open !== null) {
      open.text += ` ${text.trim()}`;
    }
    if (end !== undefined) close();
  });
  close();
  return remarks;
}

/** A number in a profile that nobody publishes, marked `[J]` (a judgement) in the comment above it. */
export interface Judgement {
  readonly path: string;
  /** `latency.vault`. */
  readonly setting: string;
  readonly value: string;
  readonly text: string;
}

export function judgementsOf(path: string, yaml: string): Judgement[] {
  const judgements: Judgement[] = [];
  let keys: { indent: number; key: string }[] = [];
  let comment = "";
  for (const line of yaml.split("\n")) {
    const [, indent = "", mark, key = "", value = ""] =
      /^(\s*)(#\s?)?([\w-]*)(?::\s*(.*))?/.exec(line)!;
    if (mark !== undefined) {
      comment += ` ${line.trim().replace(/^#\s?/, "")}`;
      continue;
    }
    if (key !== "") {
      keys = keys.filter((outer) => outer.indent < indent.length);
      keys.push({ indent: indent.length, key });
      const at = comment.indexOf("[J]");
      const setting = keys.map((part) => part.key).join(".");
      if (at >= 0 && value !== "" && setting.startsWith("settings."))
        judgements.push({
          path,
          setting: setting.slice("settings.".length),
          value,
          text: comment.slice(at + "[J]".length).trim(),
        });
    }
    comment = "";
  }
  return judgements;
}

/**
 * The timeline's words for commands that run in containers: the command line, then what it printed, piece by piece. The
 * pieces come from whoever may see them; equal ones after each other are counted.
 *
 * Source: design.md 1 ('Values'); the articles' `kubectl exec` and `watch -n 1 cat`
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactNamed } from "../trace/fact-index.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { SinkVersion } from "../trace/versions.ts";
import type { PrintOptions } from "./terminal.ts";
import { bytesToUtf8 } from "../../kernel/bytes.ts";
import type { Entry, EntryLog } from "./timeline-entries.ts";
import { EXEC, counted } from "./timeline-words.ts";

type Output = FactNamed<"container.exec.output">;

/** What one execution printed at one instant. */
interface Burst {
  readonly t: EpochMs;
  readonly facts: Output[];
}

interface Session {
  readonly started: FactNamed<"container.exec.started">;
  readonly bursts: Burst[];
  finished: FactNamed<"container.exec.finished"> | null;
}

/** Of one stream: `|` before what went to stdout, `!` before what went to stderr. */
interface Part {
  readonly mark: "|" | "!";
  readonly text: string;
}

/** More lines than this of one burst are counted. */
const LINES_TOLD = 10;
/** The title of `watch`, which has the time in it. */
const WATCH_TITLE = /^Every [\d.]+s: .*\n\n?/;

export class ExecEntries {
  readonly #sessions = new Map<string, Session>();

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "container.exec.started":
        this.#sessions.set(fact.data.exec, {
          started: fact,
          bursts: [],
          finished: null,
        });
        return;
      case "container.exec.output": {
        const bursts = this.#sessions.get(fact.data.exec)?.bursts;
        const last = bursts?.at(-1);
        if (last?.t === fact.t) last.facts.push(fact);
        else bursts?.push({ t: fact.t, facts: [fact] });
        return;
      }
      case "container.exec.finished": {
        const session = this.#sessions.get(fact.data.exec);
        if (session !== undefined) session.finished = fact;
        return;
      }
      default:
        return;
    }
  }

  /** Tells every execution, as the reader may see what it printed. */
  tell(
    log: Pick<EntryLog, "entries" | "tallies">,
    options: PrintOptions,
  ): void {
    for (const session of this.#sessions.values())
      tellSession(session, log, options);
  }
}

function tellSession(
  { started, bursts, finished }: Session,
  log: Pick<EntryLog, "entries" | "tallies">,
  options: PrintOptions,
): void {
  const { name, command } = started.data;
  const head: Entry = {
    ...entryAt(started, `${name} $ ${commandText(command)}`),
    wraps: true,
  };
  const told = [head];
  let before: string | null = null;
  for (const { t, facts } of bursts) {
    const parts = partsOf(facts, options);
    const compared = parts
      .map(({ mark, text }) => mark + text.replace(WATCH_TITLE, ""))
      .join("");
    if (compared === before) {
      const label = `${name} printed the same`;
      log.tallies.push({ kind: "other", label, fact: facts[0]! });
      continue;
    }
    before = compared;
    const printed = linesOf(parts);
    const last = told.at(-1)!;
    if (last === head && t === started.t) told[0] = { ...head, lines: printed };
    else {
      const [first = "", ...rest] = printed;
      told.push({ ...entryAt(facts[0]!, first), lines: rest });
    }
  }
  const code = finished?.data.exitCode ?? 0;
  if (finished !== null && code !== 0)
    told.push({ ...entryAt(finished, `exit code ${code}`), tone: "bad" });
  log.entries.push(...told);
}

function entryAt({ t, seq }: Fact, text: string): Entry {
  return {
    t,
    seq,
    actor: EXEC,
    tone: "plain",
    kind: "lines of commands",
    ordinal: null,
    text,
  };
}

/** Words that a shell would split are quoted; `sh -c TEXT` is its text. */
function commandText(command: readonly string[]): string {
  const [shell = "", flag, script, ...rest] = command;
  if (/(^|\/)sh$/.test(shell) && flag === "-c" && script !== undefined)
    return [script, ...rest].join(" ");
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`))
    .join(" ");
}

/** The pieces of an instant, put together stream by stream as they came. */
function partsOf(facts: readonly Output[], options: PrintOptions): Part[] {
  const runs: Output[][] = [];
  for (const fact of facts) {
    const last = runs.at(-1);
    if (last?.[0]!.data.stream === fact.data.stream) last.push(fact);
    else runs.push([fact]);
  }
  return runs.map((run) => ({
    mark: run[0]!.data.stream === "stderr" ? "!" : "|",
    text: textOf(run, options),
  }));
}

/** As the reader may see it; without a reader only its size. */
function textOf(facts: readonly Output[], options: PrintOptions): string {
  const pieces = facts.map(({ data }): SinkVersion => {
    const { exec, stream, index } = data;
    const version = `${stream}-${index}`;
    return { object: `exec/${exec}`, version, ordinal: 1, form: "as-is" };
  });
  const shown = options.printed?.(pieces) ?? revealedText(pieces, options);
  if (shown !== null) return shown;
  const bytes = facts.reduce((sum, { data }) => sum + data.bytes, 0);
  return `(${counted(bytes, "byte")})`;
}

function revealedText(
  pieces: readonly SinkVersion[],
  { reveal }: PrintOptions,
): string | null {
  const parts = pieces.map((piece) => reveal?.(piece) ?? null);
  return parts.includes(null)
    ? null
    : bytesToUtf8(Uint8Array.from(parts.flatMap((part) => [...part!])));
}

/** With a mark before each, so that nobody takes them for lines of the story. */
function linesOf(parts: readonly Part[]): string[] {
  const lines = parts.flatMap(({ mark, text }) =>
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => `${mark} ${line}`.trimEnd()),
  );
  const more = lines.length - LINES_TOLD;
  return more > 0
    ? [...lines.slice(0, LINES_TOLD), `| … ${counted(more, "more line")}`]
    : lines;
}

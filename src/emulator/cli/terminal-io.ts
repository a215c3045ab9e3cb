/** Standard output and error as the commands use them: machine output and results to stdout, progress to stderr. */

/** How one invocation may print. */
export interface TerminalIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Columns to fill; 80 where nobody says. */
  readonly width: number;
  readonly color: boolean;
  /** Whether stdout is a terminal: somebody is looking. */
  readonly interactive: boolean;
  /** Whether stderr is a terminal: progress may be shown there. */
  readonly showsProgress: boolean;
}

const DEFAULT_WIDTH = 80;
const LEAST_WIDTH = 40;

/** The process's own streams. `NO_COLOR` and `FORCE_COLOR` are honoured. */
export function processIo(): TerminalIo {
  const { stdout, stderr, env } = process;
  const columns = stdout.isTTY ? stdout.columns : DEFAULT_WIDTH;
  const wanted = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  const refused = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    width: Math.max(columns || DEFAULT_WIDTH, LEAST_WIDTH),
    color: !refused && (wanted || stdout.isTTY === true),
    interactive: stdout.isTTY === true,
    showsProgress: stderr.isTTY === true,
  };
}

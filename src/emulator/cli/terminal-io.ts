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

/** What of the process decides how it prints; a part of `process`, so that tests can hand in another. */
export interface Host {
  readonly stdout: HostStream;
  readonly stderr: HostStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type HostStream = Pick<NodeJS.WriteStream, "write" | "on"> & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** The process's own streams. `NO_COLOR` and `FORCE_COLOR` are honoured; a reader that leaves early (`| head`) is no error. */
export function processIo(host: Host = process): TerminalIo {
  const { stdout, stderr } = host;
  const interactive = stdout.isTTY === true;
  const columns = interactive ? stdout.columns : DEFAULT_WIDTH;
  return {
    out: writer(stdout),
    err: writer(stderr),
    width: Math.max(columns || DEFAULT_WIDTH, LEAST_WIDTH),
    color: wantsColor(host),
    interactive,
    showsProgress: stderr.isTTY === true,
  };
}

/** See no-color.org and force-color.org: a refusal wins over a wish, both over what the terminal can do. */
function wantsColor({ stdout, env }: Host): boolean {
  const force = env["FORCE_COLOR"];
  if ((env["NO_COLOR"] ?? "") !== "" || force === "0" || force === "false")
    return false;
  if (force !== undefined) return true;
  return stdout.isTTY === true && env["TERM"] !== "dumb";
}

/** Writes until the reader goes away; what comes after that is dropped. */
function writer(stream: HostStream): (text: string) => void {
  let open = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    open = false;
  });
  return (text) => {
    if (open) stream.write(text);
  };
}

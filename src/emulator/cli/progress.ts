/** A line on stderr that says how far a long run has come; only where somebody looks. */
import type { TerminalIo } from "./terminal-io.ts";

export interface Progress {
  /** 0 to 1. */
  readonly show: (part: number) => void;
  readonly clear: () => void;
}

const PERCENT = 100;

export function progressLine(io: TerminalIo, what: string): Progress {
  if (!io.showsProgress) return { show: () => {}, clear: () => {} };
  let shown = -1;
  return {
    show: (part) => {
      const percent = Math.floor(part * PERCENT);
      if (percent === shown) return;
      shown = percent;
      io.err(`\r${what} ${percent}%\u001b[K`);
    },
    clear: () => {
      if (shown >= 0) io.err("\r\u001b[K");
      shown = -1;
    },
  };
}

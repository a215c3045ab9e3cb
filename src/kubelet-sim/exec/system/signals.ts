/** Signals that a command can meet, and the exit codes of what they end. Source: POSIX.1-2017 signal.h, Linux signal(7) */

export const SIGKILL = 9;
export const SIGPIPE = 13;
export const SIGTERM = 15;
/** The exit code is this plus the signal. */
export const SIGNALLED = 128;

/** By name without SIG, as `timeout -s` takes them. */
export const SIGNALS: ReadonlyMap<string, number> = new Map([
  ["HUP", 1],
  ["INT", 2],
  ["QUIT", 3],
  ["KILL", SIGKILL],
  ["USR1", 10],
  ["USR2", 12],
  ["PIPE", SIGPIPE],
  ["ALRM", 14],
  ["TERM", SIGTERM],
]);

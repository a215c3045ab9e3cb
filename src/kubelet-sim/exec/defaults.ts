/**
 * Limits and periods of commands that run in containers.
 *
 * Source: busybox 1.36 (paths beside each); the limits are Keyturn's own
 */
import { SECOND_MS } from "../../kernel/time.ts";

/** How often `tail -f` looks. Source: coreutils/tail.c (sleep_period) */
export const TAIL_PERIOD_MS = SECOND_MS;
/** How often `watch` runs its command. Source: procps/watch.c */
export const WATCH_PERIOD_MS = 2 * SECOND_MS;

/** Steps of one command at one instant; more are taken for a loop that never sleeps. */
export const STEPS_PER_INSTANT = 100_000;
/** Bytes that one command may print at one instant. */
export const OUTPUT_BYTES_PER_INSTANT = 4 * 1024 * 1024;
/** Results that a command may have to remember to survive a restore: a loop over `cat` and `sleep 1` makes two a second. */
export const REMEMBERED_RESULTS = 1_000_000;
/** Bytes among them. */
export const REMEMBERED_BYTES = 64 * 1024 * 1024;
/** Longest text of a shell's variable or word. */
export const LONGEST_WORD = 4 * 1024 * 1024;
/** A pipe holds this much before its writer waits. Source: Linux pipe(7) */
export const PIPE_BYTES = 65_536;

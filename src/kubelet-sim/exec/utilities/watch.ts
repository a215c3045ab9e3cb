/**
 * `watch`: a command again and again, and `timeout`, which ends one.
 *
 * Source: busybox 1.36 procps/watch.c, coreutils/timeout.c (no process tells whether a terminal is there: 80 columns)
 * Differs: `watch` does not clear the screen before each round: what a command prints here is a stream, no screen.
 * Differs: A shell whose command `timeout` ended does not say "Terminated".
 * Simplification: `watch -d` is taken and marks nothing: there is no screen to mark it on.
 */
import { WATCH_PERIOD_MS } from "../defaults.ts";
import { checkpoint, failed, now, run, sleep } from "../system/effects.ts";
import { SIGNALS, SIGTERM } from "../system/signals.ts";
import { durationOf } from "./duration.ts";
import { startedOr } from "./environment.ts";
import type { OptionSpec } from "./options.ts";
import { argumentOf, has, readOptions, wrongUsage } from "./options.ts";
import { strftime } from "./strftime.ts";
import type { Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

const WATCH: OptionSpec = {
  letters: "n:td",
  operandsEnd: true,
  usage: "watch [-n SEC] [-t] PROG ARGS",
};
const TIMEOUT: OptionSpec = {
  letters: "s:",
  others: "k",
  operandsEnd: true,
  usage: "timeout [-s SIG] [-k KILL_SECS] SECS PROG ARGS",
};
const COLUMNS = 80;
const TIME_FORMAT = "%Y-%m-%d %H:%M:%S";
const TIME_COLUMNS = 19;

export const watch: Utility = function* (context) {
  const options = yield* readOptions(context, WATCH);
  if (typeof options === "number") return options;
  const { operands } = options;
  if (operands.length === 0) return yield* wrongUsage(context, WATCH);
  const wanted = argumentOf(options, "n");
  const period = wanted === null ? WATCH_PERIOD_MS : durationOf(wanted);
  if (period === null) {
    yield* complain(context, `invalid number '${wanted}'`);
    return 1;
  }
  const command = operands.join(" ");
  const seconds = Math.floor(period / 100) / 10;
  const title = `Every ${seconds.toFixed(1)}s: ${command}`;
  const { environment, cwd, io } = context;
  for (;;) {
    // One round is like the other: nothing of the rounds before need be remembered.
    yield* checkpoint(true);
    if (!has(options, "t")) {
      const time = strftime(TIME_FORMAT, yield* now());
      const width = COLUMNS - 1 - TIME_COLUMNS;
      const header = title.slice(0, width).padEnd(width) + time;
      if (!(yield* print(context, `${header}\n\n`))) return 1;
    }
    const argv = ["/bin/sh", "-c", command];
    yield* run({ argv, environment, cwd, wiring: [...io] });
    // Without a pause it would never end.
    yield* sleep(Math.max(period, 1));
  }
};

export const timeout: Utility = function* (context) {
  const options = yield* readOptions(context, TIMEOUT);
  if (typeof options === "number") return options;
  const [limit, ...argv] = options.operands;
  if (limit === undefined || argv.length === 0)
    return yield* wrongUsage(context, TIMEOUT);
  const ms = durationOf(limit);
  if (ms === null) {
    yield* complain(context, `invalid number '${limit}'`);
    return 1;
  }
  const name = argumentOf(options, "s");
  const signal = name === null ? SIGTERM : signalOf(name);
  if (signal === null) {
    yield* complain(context, `invalid signal name '${name}'`);
    return 1;
  }
  const { environment, cwd, io } = context;
  const launch = { argv, environment, cwd, wiring: [...io] };
  const status = yield* run(launch, { ms, signal });
  return failed(status) ? yield* startedOr(context, argv, status) : status;
};

function signalOf(name: string): number | null {
  if (/^[0-9]+$/.test(name)) return Number(name);
  return SIGNALS.get(name.toUpperCase().replace(/^SIG/, "")) ?? null;
}

/** The smallest utilities. Source: busybox 1.36 coreutils/{true,false,pwd,basename,dirname,sleep}.c, networking/hostname.c */
import { sleep as pause } from "../system/effects.ts";
import { durationOf } from "./duration.ts";
import { wrongUsage } from "./options.ts";
import type { Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

// oxlint-disable-next-line require-yield -- a utility is a routine, even one that asks for nothing
export const succeed: Utility = function* () {
  return 0;
};

// oxlint-disable-next-line require-yield -- as above
export const fail: Utility = function* () {
  return 1;
};

export const pwd: Utility = function* (context) {
  return (yield* print(context, `${context.cwd}\n`)) ? 0 : 1;
};

export const hostname: Utility = function* (context) {
  const name = context.environment.get("HOSTNAME") ?? "localhost";
  return (yield* print(context, `${name}\n`)) ? 0 : 1;
};

export const basename: Utility = function* (context) {
  const [path, suffix = ""] = context.argv;
  if (path === undefined)
    return yield* wrongUsage(context, {
      usage: "basename FILE [SUFFIX] | -a FILE... | -s SUFFIX FILE...",
    });
  const trimmed = path.replace(/\/+$/, "");
  const name =
    trimmed === "" && path !== "" ? "/" : trimmed.replace(/^.*\//s, "");
  const cut = suffix !== "" && name !== suffix && name.endsWith(suffix);
  const base = cut ? name.slice(0, -suffix.length) : name;
  return (yield* print(context, `${base}\n`)) ? 0 : 1;
};

export const dirname: Utility = function* (context) {
  const [path] = context.argv;
  if (path === undefined)
    return yield* wrongUsage(context, { usage: "dirname FILENAME" });
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  const directory =
    trimmed === "" && path !== ""
      ? "/"
      : slash === -1
        ? "."
        : trimmed.slice(0, slash).replace(/\/+$/, "") || "/";
  return (yield* print(context, `${directory}\n`)) ? 0 : 1;
};

export const sleep: Utility = function* (context) {
  const { argv } = context;
  if (argv.length === 0)
    return yield* wrongUsage(context, { usage: "sleep [N]..." });
  let total = 0;
  for (const arg of argv) {
    const ms = durationOf(arg);
    if (ms === null) {
      yield* complain(context, `invalid number '${arg}'`);
      return 1;
    }
    total += ms;
  }
  yield* pause(total);
  return 0;
};

/** `readlink` and `realpath`. Source: busybox 1.36 coreutils/readlink.c, coreutils/realpath.c */
import type { Failure, Routine } from "../system/effects.ts";
import { errorText, failed, realPath, stat } from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import type { OptionSpec } from "./options.ts";
import { has, readOptions, wrongUsage } from "./options.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, print } from "./utility.ts";

const READLINK: OptionSpec = {
  letters: "fnv",
  usage: "readlink [-fnv] FILE",
};

export const readlink: Utility = function* (context) {
  const options = yield* readOptions(context, READLINK);
  if (typeof options === "number") return options;
  const [name, ...others] = options.operands;
  if (name === undefined || others.length > 0)
    return yield* wrongUsage(context, READLINK);
  const path = absolutePath(context.cwd, name);
  let target: string | null = null;
  if (has(options, "f")) {
    const real = yield* realPathOf(context, name);
    if (!failed(real)) target = real;
  } else {
    const status = yield* stat(path, false);
    if (!failed(status) && status.kind === "symlink") target = status.target;
  }
  if (target === null) {
    if (has(options, "v"))
      yield* complain(context, `${name}: cannot read link: not a symlink`);
    return 1;
  }
  const end = has(options, "n") ? "" : "\n";
  return (yield* print(context, `${target}${end}`)) ? 0 : 1;
};

/** What is missing has a path only if a directory of it is named. Source: libbb/xreadlink.c (xmalloc_realpath_coreutils) */
function* realPathOf(
  { cwd }: Context,
  name: string,
): Routine<string | Failure> {
  const path = absolutePath(cwd, name);
  const there = yield* stat(path, false);
  if (failed(there) && !name.includes("/")) return there;
  return yield* realPath(path);
}

export const realpath: Utility = function* (context) {
  if (context.argv.length === 0)
    return yield* wrongUsage(context, { usage: "realpath FILE..." });
  let status = 0;
  for (const name of context.argv) {
    const real = yield* realPathOf(context, name);
    if (failed(real)) {
      yield* complain(context, `${name}: ${errorText(real.error)}`);
      status = 1;
    } else if (!(yield* print(context, `${real}\n`))) return 1;
  }
  return status;
};

/**
 * `sha256sum`.
 *
 * Source: busybox 1.36 coreutils/md5_sha1_sum.c
 */
import { bytesToUtf8 } from "../../../kernel/bytes.ts";
import { sha256HexOfBytes } from "../../../kernel/hash.ts";
import type { Routine } from "../system/effects.ts";
import { close, errorText, failed } from "../system/effects.ts";
import { readToEnd } from "../system/file-text.ts";
import type { OptionSpec } from "./options.ts";
import { has, readOptions } from "./options.ts";
import type { Context, Utility } from "./utility.ts";
import { complain, openInput, print } from "./utility.ts";

const SPEC: OptionSpec = {
  letters: "csw",
  usage: "sha256sum [-c[sw]] [FILE]...",
};

export const sha256sum: Utility = function* (context) {
  const options = yield* readOptions(context, SPEC);
  if (typeof options === "number") return options;
  const files = options.operands.length === 0 ? ["-"] : options.operands;
  let status = 0;
  for (const file of files) {
    if (has(options, "c")) {
      if (!(yield* checkList(context, file, has(options, "s")))) status = 1;
      continue;
    }
    const digest = yield* digestOf(context, file);
    if (digest === null) status = 1;
    else if (!(yield* print(context, `${digest}  ${file}\n`))) return 1;
  }
  return status;
};

/** Null when it cannot be read, which has been said then. */
function* digestOf(context: Context, file: string): Routine<string | null> {
  const bytes = yield* contentOf(context, file);
  if (bytes === null) return null;
  return sha256HexOfBytes(bytes);
}

function* contentOf(
  context: Context,
  file: string,
): Routine<Uint8Array | null> {
  const fd = yield* openInput(context, file);
  if (failed(fd)) {
    yield* complain(context, `can't open '${file}': ${errorText(fd.error)}`);
    return null;
  }
  const bytes = yield* readToEnd(fd);
  if (file !== "-") yield* close(fd);
  if (!failed(bytes)) return bytes;
  yield* complain(context, `can't read '${file}': ${errorText(bytes.error)}`);
  return null;
}

/** Every line of a list must hold. */
function* checkList(
  context: Context,
  file: string,
  silent: boolean,
): Routine<boolean> {
  const bytes = yield* contentOf(context, file);
  if (bytes === null) return false;
  let good = true;
  let checked = 0;
  let failures = 0;
  for (const line of bytesToUtf8(bytes).split("\n")) {
    const match = /^([0-9a-fA-F]{64}) [ *](.+)$/.exec(line);
    if (match === null) continue;
    const [, digest = "", name = ""] = match;
    const actual = yield* digestOf(context, name);
    const holds = actual === digest.toLowerCase();
    checked += 1;
    if (!holds) failures += 1;
    if (!silent) yield* print(context, `${name}: ${holds ? "OK" : "FAILED"}\n`);
  }
  if (failures > 0) {
    good = false;
    if (!silent)
      yield* complain(
        context,
        `WARNING: ${failures} of ${checked} computed checksums did NOT match`,
      );
  }
  if (checked > 0) return good;
  yield* complain(context, `${file}: no checksum lines found`);
  return false;
}

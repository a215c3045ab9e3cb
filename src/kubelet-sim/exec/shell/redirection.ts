/**
 * Redirections: which file descriptor of the process a command sees as which of its own. Nothing is moved; a command is
 * handed a table.
 *
 * Source: POSIX.1-2017 2.7; busybox 1.36 shell/ash.c (sh_open, error texts)
 */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { Errno, Routine } from "../system/effects.ts";
import {
  close,
  errorText,
  failed,
  open,
  pipe,
  write,
} from "../system/effects.ts";
import { absolutePath } from "../system/paths.ts";
import { ShellError } from "./control.ts";
import type { Expansion } from "./expansion.ts";
import type { Redirect } from "./syntax.ts";

/** By the number that a command knows, the process's own. */
export type Io = ReadonlyMap<number, number>;

export type Redirected =
  | {
      readonly io: Io;
      /** To be closed when the command has ended. */
      readonly opened: readonly number[];
    }
  | { readonly message: string };

export function* redirect(
  redirects: readonly Redirect[],
  io: Io,
  around: { readonly expansion: Expansion; readonly cwd: string },
): Routine<Redirected> {
  const table = new Map(io);
  const opened: number[] = [];
  for (const one of redirects) {
    const message = yield* apply(one, { table, opened, ...around });
    if (message === null) continue;
    yield* closeAll(opened);
    return { message };
  }
  return { io: table, opened };
}

export function* closeAll(fds: readonly number[]): Routine<void> {
  for (const fd of fds) yield* close(fd);
}

interface Applying {
  readonly table: Map<number, number>;
  readonly opened: number[];
  readonly expansion: Expansion;
  readonly cwd: string;
}

/** Null when it was done, else what to say. */
function* apply(one: Redirect, to: Applying): Routine<string | null> {
  const { table, opened, expansion, cwd } = to;
  switch (one.redirect) {
    case "file": {
      const name = yield* expansion.text(one.target);
      const fd = yield* open(absolutePath(cwd, name), one.mode);
      if (failed(fd)) return openMessage(name, one.mode, fd.error);
      opened.push(fd);
      table.set(one.fd, fd);
      if (one.both) table.set(2, fd);
      return null;
    }
    case "copy": {
      const of = yield* expansion.text(one.of);
      if (of === "-") {
        table.delete(one.fd);
        return null;
      }
      if (!/^[0-9]+$/.test(of))
        throw new ShellError("syntax error: bad fd number");
      const fd = table.get(Number(of));
      if (fd === undefined) return `${of}: ${errorText("EBADF")}`;
      table.set(one.fd, fd);
      return null;
    }
    case "text": {
      const bytes = utf8ToBytes(yield* expansion.text(one.text));
      const [from, into] = yield* pipe();
      yield* write(into, bytes);
      yield* close(into);
      opened.push(from);
      table.set(one.fd, from);
      return null;
    }
  }
}

function openMessage(name: string, mode: string, error: Errno): string {
  const missing = error === "ENOENT" || error === "ENOTDIR";
  if (mode === "read")
    return `can't open ${name}: ${missing ? "no such file" : errorText(error)}`;
  const reason = missing ? "nonexistent directory" : errorText(error);
  return `can't create ${name}: ${reason}`;
}

/** How the process's own streams are used: width, colour, and readers that leave early. */
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { processIo } from "../../../src/emulator/cli/terminal-io.ts";
import type { Host } from "../../../src/emulator/cli/terminal-io.ts";

class Stream extends EventEmitter {
  readonly isTTY: boolean;
  readonly columns: number;
  text = "";

  constructor(isTTY: boolean, columns: number) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

function host({
  tty = false,
  columns = 120,
  env = {},
}: {
  tty?: boolean;
  columns?: number;
  env?: Record<string, string>;
}) {
  const stdout = new Stream(tty, columns);
  const stderr = new Stream(tty, columns);
  const io = processIo({ stdout, stderr, env } as unknown as Host);
  return { stdout, stderr, io };
}

test.each<[tty: boolean, env: Record<string, string>, color: boolean]>([
  [false, {}, false],
  [true, {}, true],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
  [true, { TERM: "xterm-256color" }, true],
  [false, { FORCE_COLOR: "1" }, true],
  [false, { FORCE_COLOR: "" }, true],
  [false, { TERM: "dumb", FORCE_COLOR: "1" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [true, { FORCE_COLOR: "false" }, false],
  [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
])("on a terminal: %s, with %o, colour is %s", (tty, env, color) => {
  expect(host({ tty, env }).io.color).toBe(color);
});

test("a pipe is 80 columns wide, a terminal as wide as it is, nothing below 40", () => {
  expect(host({ columns: 200 }).io.width).toBe(80);
  expect(host({ tty: true, columns: 200 }).io.width).toBe(200);
  expect(host({ tty: true, columns: 10 }).io.width).toBe(40);
  expect(host({ tty: true, columns: 0 }).io.width).toBe(80);
});

test("only a terminal is interactive, and only a terminal is shown progress", () => {
  expect(host({}).io).toMatchObject({
    interactive: false,
    showsProgress: false,
  });
  expect(host({ tty: true }).io).toMatchObject({
    interactive: true,
    showsProgress: true,
  });
});

test("results go to stdout, the rest to stderr", () => {
  const { io, stdout, stderr } = host({});
  io.out("a");
  io.err("b");
  expect([stdout.text, stderr.text]).toEqual(["a", "b"]);
});

test("a reader that leaves early is no error: what comes after is dropped", () => {
  const { io, stdout } = host({});
  io.out("a");
  stdout.emit(
    "error",
    Object.assign(new Error("write EPIPE"), { code: "EPIPE" }),
  );
  io.out("b");
  expect(stdout.text).toBe("a");
});

test("any other error of a stream is one", () => {
  const { stdout } = host({});
  const full = Object.assign(new Error("write ENOSPC"), { code: "ENOSPC" });
  expect(() => stdout.emit("error", full)).toThrow("ENOSPC");
});

/**
 * Runs a script: busybox's sh as far as its grammar is POSIX's, with `[[`, `&>` and `pipefail` beside it.
 *
 * Source: POSIX.1-2017 2.9; busybox 1.36 shell/ash.c (order of expansion, exit statuses, error texts)
 * Differs: `[[ … ]]` neither splits nor matches its words, as bash has it; busybox's own does.
 */
import { bytesToUtf8, utf8ToBytes } from "../../../kernel/bytes.ts";
import type { Routine } from "../system/effects.ts";
import {
  close,
  failed,
  fork,
  pipe,
  step,
  wait,
  write,
} from "../system/effects.ts";
import { readToEnd } from "../system/file-text.ts";
import { evaluateCondition } from "./conditions.ts";
import { LoopJump, ShellError, ShellExit } from "./control.ts";
import { Expansion } from "./expansion.ts";
import { matches } from "./pattern.ts";
import type { Io } from "./redirection.ts";
import { closeAll, redirect } from "./redirection.ts";
import type { ShellState } from "./shell-state.ts";
import { copyShellState } from "./shell-state.ts";
import { runSimple } from "./simple-command.ts";
import type { Node } from "./syntax.ts";

type Of<Kind extends Node["node"]> = Extract<Node, { node: Kind }>;

export class Shell {
  readonly state: ShellState;
  readonly expansion: Expansion;
  /** How many loops the current command stands in. */
  loops = 0;
  /** Of the command being run, for messages. */
  line = 0;
  /** Status of the latest command substitution of a command; null without one. */
  substituted: number | null = null;
  /** What the command being run has for its files. */
  #io: Io;

  constructor(state: ShellState, io: Io) {
    this.state = state;
    this.#io = io;
    this.expansion = new Expansion(this);
  }

  /** `tested`: somebody looks at the status, so that `set -e` does not. */
  *run(node: Node, io: Io, tested = false): Routine<number> {
    this.#io = io;
    const status = yield* this.#dispatch(node, io, tested);
    this.state.status = status;
    const final =
      node.node === "simple" ||
      node.node === "subshell" ||
      node.node === "test" ||
      (node.node === "pipeline" && !node.negated);
    if (final && status !== 0 && !tested && this.state.options.errexit)
      throw new ShellExit(status);
    return status;
  }

  *#dispatch(node: Node, io: Io, tested: boolean): Routine<number> {
    switch (node.node) {
      case "simple":
        this.line = node.line;
        return yield* runSimple(this, node, io);
      case "list": {
        let status = 0;
        for (const item of node.items)
          status = yield* this.run(item, io, tested);
        return status;
      }
      case "pipeline":
        return yield* this.#pipeline(node, io, tested);
      case "chain":
        return yield* this.#chain(node, io, tested);
      case "if":
        for (const { test, body } of node.arms)
          if ((yield* this.run(test, io, true)) === 0)
            return yield* this.run(body, io, tested);
        return node.otherwise === null
          ? 0
          : yield* this.run(node.otherwise, io, tested);
      case "for":
        return yield* this.#for(node, io, tested);
      case "while":
        return yield* this.#while(node, io, tested);
      case "case":
        return yield* this.#case(node, io, tested);
      case "subshell":
        return yield* wait(yield* this.fork(node.body, io));
      case "test": {
        yield* step();
        const { expansion, state } = this;
        const { condition } = node;
        return yield* evaluateCondition(condition, expansion, state.cwd);
      }
      case "redirected":
        return yield* this.#redirected(node, io, tested);
    }
  }

  *#pipeline(node: Of<"pipeline">, io: Io, tested: boolean): Routine<number> {
    const { commands, negated } = node;
    const status =
      commands.length === 1
        ? yield* this.run(commands[0]!, io, tested || negated)
        : yield* this.#pipe(commands, io);
    if (!negated) return status;
    return status === 0 ? 1 : 0;
  }

  *#pipe(commands: readonly Node[], io: Io): Routine<number> {
    const pids: number[] = [];
    let input: number | null = null;
    for (const [i, command] of commands.entries()) {
      const table = new Map(io);
      if (input !== null) table.set(0, input);
      const ends = i === commands.length - 1 ? null : yield* pipe();
      if (ends !== null) table.set(1, ends[1]);
      pids.push(yield* this.fork(command, table));
      if (input !== null) yield* close(input);
      if (ends !== null) yield* close(ends[1]);
      input = ends?.[0] ?? null;
    }
    let status = 0;
    let failure = 0;
    for (const pid of pids) {
      status = yield* wait(pid);
      if (status !== 0) failure = status;
    }
    return this.state.options.pipefail ? failure : status;
  }

  *#chain(node: Of<"chain">, io: Io, tested: boolean): Routine<number> {
    const { first, rest } = node;
    let status = yield* this.run(first, io, true);
    for (const [i, { operator, node: next }] of rest.entries()) {
      if ((status === 0) !== (operator === "&&")) continue;
      const last = i === rest.length - 1;
      status = yield* this.run(next, io, tested || !last);
    }
    return status;
  }

  *#for(node: Of<"for">, io: Io, tested: boolean): Routine<number> {
    const words =
      node.words === null
        ? [...this.state.parameters]
        : yield* this.expansion.words(node.words);
    let status = 0;
    for (const word of words) {
      this.assign(node.name, word);
      const body = yield* this.#body(node.body, io, tested);
      status = body.status;
      if (body.left) break;
    }
    return status;
  }

  *#while(node: Of<"while">, io: Io, tested: boolean): Routine<number> {
    let status = 0;
    for (;;) {
      const test = yield* this.#body(node.test, io, true);
      if (test.left || (test.status === 0) === node.until) return status;
      const body = yield* this.#body(node.body, io, tested);
      status = body.status;
      if (body.left) return status;
    }
  }

  /** One round of a loop. `left`: by `break`. */
  *#body(
    body: Node,
    io: Io,
    tested: boolean,
  ): Routine<{ readonly status: number; readonly left: boolean }> {
    yield* step();
    this.loops += 1;
    try {
      return { status: yield* this.run(body, io, tested), left: false };
    } catch (jump) {
      if (!(jump instanceof LoopJump)) throw jump;
      if (jump.levels > 1 && this.loops > 1)
        throw new LoopJump(jump.kind, jump.levels - 1);
      this.state.status = 0;
      return { status: 0, left: jump.kind === "break" };
    } finally {
      this.loops -= 1;
    }
  }

  *#case(node: Of<"case">, io: Io, tested: boolean): Routine<number> {
    const text = yield* this.expansion.text(node.word);
    for (const { patterns, body } of node.items)
      for (const pattern of patterns)
        if (matches(yield* this.expansion.pattern(pattern), text))
          return yield* this.run(body, io, tested);
    return 0;
  }

  *#redirected(
    node: Of<"redirected">,
    io: Io,
    tested: boolean,
  ): Routine<number> {
    const { expansion, state } = this;
    const { redirects, body } = node;
    const to = yield* redirect(redirects, io, { expansion, cwd: state.cwd });
    if ("message" in to) return yield* this.complain(to.message, io);
    try {
      return yield* this.run(body, to.io, tested);
    } finally {
      yield* closeAll(to.opened);
    }
  }

  /** Starts a copy of this shell; returns its process. */
  *fork(node: Node, io: Io): Routine<number> {
    const shell = copyShellState(this.state);
    return yield* fork({
      program: { kind: "subshell", node, shell },
      environment: new Map(),
      cwd: this.state.cwd,
      wiring: [...io],
    });
  }

  *substitute(body: Node): Routine<string> {
    const [from, into] = yield* pipe();
    const pid = yield* this.fork(body, new Map([...this.#io, [1, into]]));
    yield* close(into);
    const bytes = yield* readToEnd(from);
    yield* close(from);
    this.substituted = yield* wait(pid);
    const text = failed(bytes) ? "" : bytesToUtf8(bytes).replaceAll("\0", "");
    return text.replace(/\n+$/, "");
  }

  assign(name: string, value: string): void {
    const { variables } = this.state;
    const known = variables.get(name);
    if (known?.readOnly === true) throw new ShellError(`${name}: is read only`);
    variables.set(name, {
      value,
      exported: known?.exported ?? false,
      readOnly: false,
    });
  }

  /** Says what is wrong, as the shell itself; the status is then 1, or what is given. */
  *complain(
    message: string,
    io: Io,
    {
      builtin = null,
      status = 1,
    }: {
      readonly builtin?: string | null;
      readonly status?: number;
    } = {},
  ): Routine<number> {
    const { arg0, named, script } = this.state;
    const about = builtin ?? (named || script ? arg0 : null);
    const inside = about === null || about === arg0 ? "" : `${about}: `;
    const line = about === null ? "" : `line ${script ? this.line : 0}: `;
    const text = `${arg0}: ${inside}${line}${message}\n`;
    const fd = io.get(2);
    if (fd !== undefined) yield* write(fd, utf8ToBytes(text));
    return status;
  }
}

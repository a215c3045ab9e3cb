/**
 * What executions in containers came to: how many pieces each stream has and how it ended. The pieces themselves are in
 * the value book alone.
 */
import type { Fact, FactSink } from "../../kernel/trace.ts";
import type { AnyFact } from "./facts.ts";
import type { RevealBytes } from "./versions.ts";

export interface Execution {
  /** Pieces so far. */
  readonly stdout: number;
  readonly stderr: number;
  /** Null while it runs. */
  readonly exitCode: number | null;
}

const NOTHING_YET: Execution = { stdout: 0, stderr: 0, exitCode: null };

/** Attach it before the first execution. */
export class Executions implements FactSink {
  readonly #byName = new Map<string, Execution>();

  fact(input: Fact): void {
    const fact = input as AnyFact;
    switch (fact.type) {
      case "container.exec.started":
        this.#byName.set(fact.data.exec, NOTHING_YET);
        return;
      case "container.exec.output": {
        const { exec, stream, index } = fact.data;
        const before = this.get(exec) ?? NOTHING_YET;
        this.#byName.set(exec, { ...before, [stream]: index + 1 });
        return;
      }
      case "container.exec.finished": {
        const { exec, stdout, stderr, exitCode } = fact.data;
        this.#byName.set(exec, { stdout, stderr, exitCode });
        return;
      }
      default:
        return;
    }
  }

  /** Null for one that never started. */
  get(exec: string): Execution | null {
    return this.#byName.get(exec) ?? null;
  }
}

/** What a stream printed so far, put together from its pieces. */
export function printedBytes(
  exec: string,
  stream: "stdout" | "stderr",
  pieces: number,
  reveal: RevealBytes,
): Uint8Array {
  const parts = Array.from({ length: pieces }, (_, i) => {
    const piece = { object: `exec/${exec}`, version: `${stream}-${i}` };
    return reveal({ ...piece, ordinal: 1, form: "as-is" }) ?? [];
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

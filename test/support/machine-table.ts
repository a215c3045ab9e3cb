/** One row of a machine's table: in this state, on this event, go there and do that. */
import { expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { transition } from "xstate";

export interface Row {
  readonly state: string;
  readonly context?: object;
  readonly event: { readonly type: string; readonly [member: string]: unknown };
  /** Where it goes; the same state for no move. */
  readonly to: string;
  /** Named effects, in order; timers and assignments are left out. */
  readonly effects?: readonly string[];
  /** Members of the context afterwards. */
  readonly then?: object;
}

/** The event that XState raises when the delay of a state has passed. */
export function after(machine: AnyStateMachine, state: string, delay: string) {
  return { type: `xstate.after.${delay}.${machine.id}.${state}` };
}

/** One test a row, named by it. */
export function testTable(
  machine: AnyStateMachine,
  context: object,
  rows: readonly Row[],
): void {
  for (const row of rows) {
    const name = row.event.type.replace(
      /^xstate\.after\.(\w+)\..*/,
      "after $1",
    );
    const given =
      row.context === undefined ? "" : ` with ${JSON.stringify(row.context)}`;
    test(`${row.state}${given}: ${name} -> ${row.to}`, () => {
      const snapshot = machine.resolveState({
        value: row.state,
        context: { ...context, ...row.context },
      });
      const [next, actions] = transition(machine, snapshot, row.event as never);
      expect(next.value).toBe(row.to);
      const effects = actions
        .map(({ type }) => type)
        .filter((type) => !type.startsWith("xstate."));
      expect(effects).toEqual(row.effects ?? []);
      if (row.then !== undefined) expect(next.context).toMatchObject(row.then);
    });
  }
}

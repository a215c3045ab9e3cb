/**
 * Everything that was broken in a run: faults, processes and machines that were down, containers that a command killed.
 * Models no real component.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";
import type { FactIndex } from "../trace/fact-index.ts";
import { faultText } from "../trace/interruptions.ts";

/** A stretch of time in which something did not work. `to` null: until the end of the trace. */
export interface Outage {
  /** `vault kvdemo answers 429`, `the driver of node-0 is down`. */
  readonly what: string;
  readonly from: EpochMs;
  readonly to: EpochMs | null;
}

const STOPS = [
  ["node.stopped", "node.started", ""],
  ["kubelet.stopped", "kubelet.started", "the kubelet of "],
  ["csi.driver.stopped", "csi.driver.started", "the driver of "],
  ["csi.provider.stopped", "csi.provider.started", "the provider of "],
] as const satisfies readonly (readonly [
  AnyFact["type"],
  AnyFact["type"],
  string,
])[];

/** In order of beginning; what goes down with a machine comes after it. */
export function outagesOf(index: FactIndex): Outage[] {
  return [...faults(index), ...downtimes(index), ...kills(index)].sort(
    (a, b) => a.from - b.from,
  );
}

function faults(index: FactIndex): Outage[] {
  const ends = index.ofType("fault.ended");
  return index.ofType("fault.began").map((began) => {
    const end = ends.find(({ causes }) => causes.includes(began.seq));
    return { what: faultText(began), from: began.t, to: end?.t ?? null };
  });
}

function downtimes(index: FactIndex): Outage[] {
  return STOPS.flatMap(([stopped, started, whose]) =>
    index.ofType(stopped).map(({ t, seq, data: { node } }) => {
      const up = index
        .ofType(started)
        .find((fact) => fact.data.node === node && fact.seq > seq);
      return { what: `${whose}${node} is down`, from: t, to: up?.t ?? null };
    }),
  );
}

/** From the end of a container to the start of the next one of its name. */
function kills(index: FactIndex): Outage[] {
  const commands = new Set(
    index
      .ofType("command")
      .filter(({ data }) => data.kind === "kill")
      .map(({ seq }) => seq),
  );
  return index
    .ofType("container.exited")
    .filter(({ causes }) =>
      causes.some((cause) => typeof cause === "number" && commands.has(cause)),
    )
    .map(({ t, seq, data }) => {
      const { namespace, name, uid, container, exitCode } = data;
      const next = index
        .ofType("container.started")
        .find(
          (fact) =>
            fact.seq > seq &&
            fact.data.uid === uid &&
            fact.data.container === container,
        );
      const what = `container ${container} of ${namespace}/${name} was killed with ${exitCode}`;
      return { what, from: t, to: next?.t ?? null };
    });
}

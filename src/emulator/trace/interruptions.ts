/**
 * What was broken on the way that content takes: faults, and processes that were down. Explanations name them beside
 * the hop that they held up.
 *
 * Source: the scenario format, 'Steps' (`fault`, `restart`); csi-driver.md 9 and kubelet.md 10 of the reference
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";
import { clock } from "./spoken.ts";

/** A stretch of time in which something did not work. `to` null: until the end of the trace. */
export interface Interruption {
  readonly from: EpochMs;
  readonly to: EpochMs | null;
  /** `vault kvdemo answers 429`, `the driver of node-0 is down`. */
  readonly what: string;
}

/** What content passes: only what breaks there counts. Null where it does not come by. */
export interface Way {
  readonly node: string | null;
  readonly vault: string | null;
  /** Whether the API server and its watches are part of the way. */
  readonly api: boolean;
  readonly processes: readonly Process[];
}

export type Process = "kubelet" | "csi.driver" | "csi.provider";

/** Everything that was broken on a way at some time within [from, to], in order of beginning. */
export function interruptionsOf(
  index: FactIndex,
  way: Way,
  from: EpochMs,
  to: EpochMs,
): Interruption[] {
  return [...faultsOn(index, way), ...downtimesOn(index, way)]
    .filter((each) => each.from <= to && (each.to ?? Infinity) > from)
    .sort((a, b) => a.from - b.from);
}

/** `vault kvdemo answers 429 from 09:15:00.000 to 09:19:00.000`; without an end where it has none by `now`. */
export function interruptionText(
  { what, from, to }: Interruption,
  now: EpochMs,
): string {
  return to === null || to > now
    ? `${what} since ${clock(from)}`
    : `${what} from ${clock(from)} to ${clock(to)}`;
}

type FaultBegan = FactNamed<"fault.began">;

function faultsOn(index: FactIndex, way: Way): Interruption[] {
  const ends = index.ofType("fault.ended");
  return index
    .ofType("fault.began")
    .filter((began) => isFault(began) && hits(began, way))
    .map((began) => {
      const end = ends.find(({ causes }) => causes.includes(began.seq));
      return { from: began.t, to: end?.t ?? null, what: faultText(began) };
    });
}

function isFault(fact: Fact): fact is FaultBegan {
  return fact.type === "fault.began";
}

function hits(
  { about, data }: FaultBegan,
  { node, vault, api, processes }: Way,
): boolean {
  const here = data.name === "" || data.name === node;
  switch (data.target) {
    case "vault":
      return data.name === vault;
    case "entra":
      return vault !== null;
    case "provider":
      return here && processes.includes("csi.provider");
    case "link":
      return (
        here &&
        (about.endsWith("-> apiServer") ? api : node !== null && vault !== null)
      );
    case "apiServer":
      return api;
    case "watch":
      return api && here;
    default:
      return false;
  }
}

/** `vault kvdemo answers 429`, `the way from node-0 to the vault does not answer`: a fault in plain words. */
export function faultText({
  about,
  data,
}: {
  readonly about: string;
  readonly data: FaultBegan["data"];
}): string {
  return `${brokenThing(about, data)} ${data.effect}`;
}

/** What is broken, without how. */
export function brokenThing(
  about: string,
  { target, name }: Pick<FaultBegan["data"], "target" | "name">,
): string {
  const where = name === "" ? "every node" : name;
  switch (target) {
    case "vault":
      return `vault ${name}`;
    case "entra":
      return "Entra ID";
    case "link":
      return `the way from ${where} to ${PEERS.get(about.split("-> ")[1] ?? "") ?? "its peer"}`;
    case "provider":
      return `the provider of ${where}`;
    case "apiServer":
      return "the API server";
    case "watch":
      return where;
    default:
      return about;
  }
}

const PEERS: ReadonlyMap<string, string> = new Map([
  ["vault", "the vault"],
  ["entra", "Entra ID"],
  ["apiServer", "the API server"],
]);

const PROCESS_NAMES = {
  kubelet: "the kubelet",
  "csi.driver": "the driver",
  "csi.provider": "the provider",
} as const;

function downtimesOn(
  index: FactIndex,
  { node, processes }: Way,
): Interruption[] {
  if (node === null) return [];
  const down = (
    what: string,
    stopped: "node.stopped" | `${Process}.stopped`,
    started: "node.started" | `${Process}.started`,
  ): Interruption[] =>
    index
      .ofType(stopped)
      .filter(({ data }) => data.node === node)
      .map((stop) => ({
        from: stop.t,
        to:
          index
            .ofType(started)
            .find(({ data, seq }) => data.node === node && seq > stop.seq)?.t ??
          null,
        what,
      }));
  const reboots = down(`${node} is down`, "node.stopped", "node.started");
  const alone = processes.flatMap((process) =>
    down(
      `${PROCESS_NAMES[process]} of ${node} is down`,
      `${process}.stopped`,
      `${process}.started`,
    ),
  );
  const partOf = (each: Interruption) =>
    reboots.some(
      (reboot) =>
        reboot.from <= each.from && (reboot.to ?? Infinity) >= each.from,
    );
  return [...reboots, ...alone.filter((each) => !partOf(each))];
}

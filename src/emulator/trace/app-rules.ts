/**
 * Why a program came to hold what it holds, and why the end of a lane does: the rows about applications and lanes.
 *
 * Source: reloader.md 3.1 to 3.3, alternatives.md 2 to 5 of the reference
 */
import type { FactIndex, FactNamed } from "./fact-index.ts";
import type { HopRule } from "./hop-rule.ts";
import { is } from "./hop-rule.ts";
import type { HopContext } from "./rule-texts.ts";
import { isProgram, laneOf } from "./callers.ts";
import { spoken } from "./spoken.ts";

type Holds = FactNamed<"app.holds">;
type Started = FactNamed<"app.started">;
type Request = FactNamed<"vault.request">;
type LaneHolds = FactNamed<"lane.holds">;

/** What makes programs ask the vault, by their kind. */
const ASKERS: ReadonlyMap<string, string> = new Map([
  ["polls-vault", "in its own phase"],
  ["dotnet", "as .NET's configuration provider does"],
  ["spring", "as Spring's property source does"],
  ["caches-vault", "when it uses a value that is older than that"],
  ["refetches-when-refused", "since the database refused what it held"],
]);

/** Whether the program is of one of these kinds. */
const program =
  (...kinds: readonly string[]) =>
  (context: HopContext) =>
    kinds.includes(startOf(context)?.data.app ?? "");

/** Rows about requests of programs and lanes. They stand before those about mounts. */
export const CALLER_RULES: readonly HopRule[] = [
  {
    label: "lane poll",
    fact: is("vault.request"),
    trigger: null,
    when: ({ fact }) => laneOf((fact as Request).data) !== null,
    rule: (context) =>
      laneRule(context, laneOf((context.fact as Request).data)!),
  },
  {
    label: "vault poll",
    fact: is("vault.request"),
    trigger: null,
    when: (context) => asker(context) !== null,
    rule: (context) => askText(asker(context)!),
  },
];

/** Rows about programs and lanes. */
export const APP_RULES: readonly HopRule[] = [
  {
    label: "app",
    fact: is("app.holds"),
    trigger: null,
    when: ({ index, causes }) => firstType(index, causes) === "vault.request",
    rule: () => "the program takes what the vault answered",
  },
  {
    label: "publish",
    fact: is("lane.holds"),
    trigger: null,
    when: answered,
    rule: ({ fact }) =>
      `lane ${(fact as LaneHolds).data.lane} publishes what the vault answered`,
  },
  {
    label: "app start",
    fact: is("app.holds"),
    trigger: null,
    when: isFirst,
    rule: (context) =>
      `the program reads ${readText(context)} when its container starts`,
  },
  {
    label: "app poll",
    fact: is("app.holds"),
    trigger: null,
    when: program("polls-file"),
    rule: (context) =>
      `the program reads ${readText(context)} again${everyText(context)} and compares`,
  },
  {
    label: "vault poll",
    fact: is("app.holds"),
    trigger: null,
    when: program(...ASKERS.keys()),
    rule: (context) => askText(startOf(context)!.data),
  },
  {
    label: "app watch",
    fact: is("app.holds"),
    trigger: null,
    when: program("watches-directory"),
    rule: (context) =>
      `its watch on the directory tells of ..data being moved over${latencyText(context)}`,
  },
  {
    label: "app watch",
    fact: is("app.holds"),
    trigger: null,
    when: program("watches-file", "watches-data-link"),
    rule: (context) =>
      `its watch hears the first change of ${readText(context)}, and dies with the file that it watched${latencyText(context)}`,
  },
  {
    label: "SIGHUP",
    fact: is("app.holds"),
    trigger: null,
    when: program("reloads-on-signal"),
    rule: (context) =>
      `a sidecar sees ..data being moved over and sends SIGHUP, and the program reads ${readText(context)} again${latencyText(context)}`,
  },
  {
    label: "use",
    fact: is("app.holds"),
    trigger: null,
    rule: (context) =>
      `the program reads ${readText(context)} whenever it uses it${everyText(context)}`,
  },
  {
    label: "lane poll",
    fact: is("lane.holds"),
    trigger: null,
    rule: (context) => laneRule(context, (context.fact as LaneHolds).data.lane),
  },
];

/** The program's start before or at the fact; null in a trace without one. */
export function startOf({ index, fact }: HopContext): Started | null {
  return startBefore(index, fact as Holds);
}

function startBefore(index: FactIndex, { seq, data }: Holds): Started | null {
  const started = index
    .ofType("app.started")
    .findLast(
      (each) =>
        each.seq < seq &&
        each.data.uid === data.uid &&
        each.data.container === data.container,
    );
  return started ?? null;
}

/** Whether it is the first thing that this life of the program holds. */
function isFirst({ index, fact }: HopContext): boolean {
  const { seq, data } = fact as Holds;
  const since = startBefore(index, fact as Holds)?.seq ?? -1;
  return !index
    .ofType("app.holds")
    .some(
      (each) =>
        each.seq > since &&
        each.seq < seq &&
        each.data.uid === data.uid &&
        each.data.container === data.container,
    );
}

/** `the variable PASSWORD`, `/mnt/secrets-store/password`. */
function readText({ fact }: HopContext): string {
  const { reads } = (fact as Holds).data;
  return reads.startsWith("env ") ? `the variable ${reads.slice(4)}` : reads;
}

function everyText(context: HopContext): string {
  const every = startOf(context)?.data.everyMs ?? null;
  return every === null ? "" : ` every ${spoken(every)}`;
}

function latencyText({ settings }: HopContext): string {
  return settings === null
    ? ""
    : ` (latency.app ${spoken(settings.latency.app)})`;
}

/** What made the lane's pass, in its own words. */
const PASSES: ReadonlyMap<string, string> = new Map([
  ["forced", "somebody asked it to refresh"],
  ["start", "its process started"],
  ["use", "the value was used"],
  ["retry", "the pass before had failed"],
]);

function laneRule({ index, causes }: HopContext, lane: string): string {
  const passes = causes
    .map((cause) => index.resolve(cause)?.fact)
    .filter((behind) => behind?.type === "lane.pass");
  const pass = passes[0] as FactNamed<"lane.pass"> | undefined;
  const started = index
    .ofType("lane.started")
    .findLast(({ data }) => data.lane === lane);
  const every = started?.data.everyMs ?? null;
  const interval = every === null ? "" : `, every ${spoken(every)}`;
  const why = PASSES.get(pass?.data.trigger ?? "");
  return `lane ${lane} asks the vault${why === undefined ? interval : `, since ${why}`}`;
}

/** Whether the wait is told by a hop before this one: the request, or the Secret that was written with its answer. */
function answered({ index, causes }: HopContext): boolean {
  const type = firstType(index, causes);
  return type === "vault.request" || type?.startsWith("api.object.") === true;
}

function firstType(
  index: FactIndex,
  [first]: HopContext["causes"],
): string | null {
  return first === undefined ? null : (index.resolve(first)?.fact.type ?? null);
}

/** The program of a pod that asks the vault itself for what a request is about; null for a mount. */
export function asker({ index, fact }: HopContext): Started["data"] | null {
  const { data } = fact as Request;
  if (!isProgram(data)) return null;
  const { pod, vault, collection, name } = data;
  const object = `${vault}/${collection}/${name}`;
  const started = index
    .ofType("app.started")
    .findLast(
      ({ data: { reads, ...own } }) =>
        reads === object && `${own.namespace}/${own.name}` === pod,
    );
  return started?.data ?? null;
}

function askText({ app, everyMs }: Started["data"]): string {
  const every = everyMs === null ? "" : ` every ${spoken(everyMs)}`;
  const how = ASKERS.get(app);
  return `the program asks the vault itself${every}${how === undefined ? "" : `, ${how}`}; no file and no Secret is on the way`;
}

/**
 * Why a hop took the time it took: one table from what happened and what triggered it to a sentence with the numbers of
 * the settings in force.
 *
 * Source: kubelet.md 1 to 3 and csi-driver.md 2.1, 2.2 and 12.5 of the reference
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Instance } from "../../kernel/trace.ts";
import type { Settings } from "../world/settings.ts";
import {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  ROTATION_RETRY_MS,
  SYNC_ERROR_BACKOFF_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
} from "./defaults.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";
import { clock, spoken } from "./spoken.ts";

/** What a rule may speak of. `settings` are those at the hop's time; null in a trace without a start. */
export interface HopContext {
  readonly index: FactIndex;
  readonly fact: AnyFact;
  readonly t: EpochMs;
  readonly trigger: Instance | null;
  readonly settings: Settings | null;
}

/** `label` is a word for tables. */
export interface RuleText {
  readonly label: string;
  readonly rule: string;
}

interface HopRule extends Omit<RuleText, "rule"> {
  readonly fact: (fact: AnyFact) => boolean;
  /** Null: whatever triggered it. */
  readonly trigger: ((trigger: AnyFact) => boolean) | null;
  readonly rule: (context: HopContext) => string;
}

const is =
  (...types: readonly AnyFact["type"][]) =>
  (fact: AnyFact) =>
    types.includes(fact.type);

const volume = (kind: string) => (fact: AnyFact) =>
  fact.type === "volume.switched" && fact.data.kind === kind;

const secretWrite =
  (type: AnyFact["type"], byDriver: boolean) => (fact: AnyFact) =>
    fact.type === type &&
    fact.type.startsWith("api.object.") &&
    (fact as FactNamed<"api.object.created">).data.by.endsWith(
      "/csi-driver",
    ) === byDriver;

const sync = (trigger: string) => (fact: AnyFact) =>
  fact.type === "kubelet.pod.sync" && fact.data.trigger === trigger;

/** The first row that fits speaks. */
const RULES: readonly HopRule[] = [
  {
    label: "command",
    fact: is("command"),
    trigger: null,
    rule: ({ fact }) => {
      const { id, kind, target } = (fact as FactNamed<"command">).data;
      const what = target === "" ? kind : `${kind} ${target}`;
      return id === "" ? `a command: ${what}` : `step ${id}: ${what}`;
    },
  },
  {
    label: "set",
    fact: is("vault.secret.set"),
    trigger: null,
    rule: () => "the vault has a new version at once",
  },
  {
    label: "poll",
    fact: is("vault.request"),
    trigger: is("csi.rotation.tick"),
    rule: pollRule,
  },
  {
    label: "retry",
    fact: is("vault.request"),
    trigger: is("csi.rotation.failed"),
    rule: () =>
      `the driver tries again ${spoken(ROTATION_RETRY_MS)} after a failed rotation reconcile`,
  },
  {
    label: "remount",
    fact: is("vault.request"),
    trigger: is("volume.failed"),
    rule: retriedMount,
  },
  {
    label: "mount",
    fact: is("vault.request"),
    trigger: is("kubelet.pod.sync", "kubelet.pod.added"),
    rule: () =>
      "the kubelet mounts the volume of a new pod, and the provider asks for every object of it",
  },
  {
    label: "request",
    fact: is("vault.request"),
    trigger: null,
    rule: () => "somebody asks the vault",
  },
  {
    label: "file",
    fact: volume("csi"),
    trigger: null,
    rule: ({ settings }) =>
      settings === null
        ? "AtomicWriter switches ..data when the vault has answered"
        : `AtomicWriter switches ..data when the vault has answered each request of the mount (latency.vault ${spoken(settings.latency.vault)})`,
  },
  {
    label: "verified",
    fact: is("volume.verified"),
    trigger: null,
    rule: () =>
      "the bytes are equal, so no file is written; the newer version counts as seen",
  },
  {
    label: "Secret",
    fact: secretWrite("api.object.created", true),
    trigger: null,
    rule: () =>
      "the driver's controller creates the Secret from the mounted files",
  },
  {
    label: "Secret",
    fact: secretWrite("api.object.modified", true),
    trigger: null,
    rule: () =>
      "the driver patches the Secret in the same reconcile, after the files",
  },
  {
    label: "Secret",
    fact: is("api.object.created", "api.object.modified"),
    trigger: null,
    rule: ({ fact }) =>
      `written by ${(fact as FactNamed<"api.object.created">).data.by}`,
  },
  {
    label: "resync",
    fact: volume("secret"),
    trigger: sync("resync"),
    rule: resyncRule,
  },
  {
    label: "mount",
    fact: volume("secret"),
    trigger: sync("add"),
    rule: () => "the first sync of the pod mounts the volume",
  },
  {
    label: "update",
    fact: volume("secret"),
    trigger: sync("update"),
    rule: () => "the pod object changed, and that syncs the pod at once",
  },
  {
    label: "pleg",
    fact: volume("secret"),
    trigger: sync("pleg"),
    rule: () =>
      "a container of the pod started or ended, and that syncs the pod at once",
  },
  {
    label: "backoff",
    fact: volume("secret"),
    trigger: sync("backoff"),
    rule: () =>
      `the kubelet tries a failed sync again after ${jittered(SYNC_ERROR_BACKOFF_MS)}`,
  },
  {
    label: "remount",
    fact: volume("secret"),
    trigger: is("volume.failed"),
    rule: retriedMount,
  },
  {
    label: "refresh",
    fact: volume("secret"),
    trigger: null,
    rule: () => "the kubelet refreshes the volume when it syncs the pod",
  },
];

/** The rule behind a hop. A hop that no row knows is named by its fact type. */
export function ruleOf(context: HopContext): RuleText {
  const trigger = (context.trigger?.fact ?? null) as AnyFact | null;
  const row = RULES.find(
    (each) =>
      each.fact(context.fact) &&
      (each.trigger === null || (trigger !== null && each.trigger(trigger))),
  );
  return row === undefined
    ? { label: context.fact.type, rule: `${context.fact.type} followed` }
    : { label: row.label, rule: row.rule(context) };
}

function pollRule({ index, t, trigger, settings }: HopContext): string {
  const tick = trigger!.fact as FactNamed<"csi.rotation.tick">;
  const { node } = tick.data;
  const driver = index.driverAt(node, trigger!.t)?.data ?? null;
  const interval =
    driver?.rotationPollIntervalMs ?? settings?.addon.rotationPollInterval;
  const every = interval === undefined ? "" : ` every ${spoken(interval)}`;
  const phase =
    driver?.firstTickMs == null
      ? ""
      : `, first at ${clock(driver.firstTickMs)}`;
  const queued = t - trigger!.t;
  const turn =
    queued === 0
      ? ""
      : `; its turn came ${spoken(queued)} after the tick of ${clock(trigger!.t)}`;
  return `the driver's ticker on ${node} asks${every} (rotationPollInterval${phase})${turn}`;
}

function resyncRule({ settings }: HopContext): string {
  const loops = POPULATOR_PERIOD_MS + RECONCILER_PERIOD_MS;
  const rest = `seen by its ${spoken(SYNC_TICK_PERIOD_MS)} ticker; its volume loops add up to ${spoken(loops)}`;
  if (settings === null)
    return `the kubelet syncs the pod again once a syncFrequency, ${rest}`;
  const { syncFrequency } = settings.kubelet;
  return `the kubelet syncs the pod again ${jittered(syncFrequency)} after its last sync (syncFrequency ${spoken(syncFrequency)}, jitter ${WORKER_JITTER_PERCENT / 100}), ${rest}`;
}

function retriedMount({ trigger }: HopContext): string {
  const { backoffMs } = (trigger!.fact as FactNamed<"volume.failed">).data;
  return `the kubelet tries a failed mount again after ${spoken(backoffMs)}; each failure doubles the wait`;
}

/** `1m-1m30s`: a period with the pod worker's jitter. */
function jittered(period: DurationMs): string {
  return `${spoken(period)}-${spoken(longest(period))}`;
}

function longest(period: DurationMs): DurationMs {
  return (period * (100 + WORKER_JITTER_PERCENT)) / 100;
}

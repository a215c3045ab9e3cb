/**
 * The longer sentences of the hop rules: what triggered a hop, with the numbers of the settings and facts behind it.
 *
 * Source: kubelet.md 1.3, 5, 8.4 and csi-driver.md 2.1, 2.3, 5.2, 5.4, 7.2 of the reference
 */
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { Cause, Instance } from "../../kernel/trace.ts";
import type { Settings } from "../world/settings.ts";
import { generationAt, mtimeOf, volumeAsking } from "./csi-mounts.ts";
import {
  POPULATOR_PERIOD_MS,
  RECONCILER_PERIOD_MS,
  SECRET_SYNC_REQUEUE_MS,
  SYNC_TICK_PERIOD_MS,
  WORKER_JITTER_PERCENT,
} from "./defaults.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";
import { clock, spoken } from "./spoken.ts";
import type { SinkVersion } from "./versions.ts";
import { versionsOf } from "./versions.ts";

/** What a rule may speak of. `settings` are those at the hop's time; null in a trace without a start. */
export interface HopContext {
  readonly index: FactIndex;
  readonly fact: AnyFact;
  readonly t: EpochMs;
  readonly causes: readonly Cause[];
  readonly trigger: Instance | null;
  readonly settings: Settings | null;
  /** Whose way is followed; null follows the newest content. */
  readonly version: SinkVersion | null;
}

export function pollRule({ index, t, trigger, settings }: HopContext): string {
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

/** A driver from 1.6 on: the kubelet calls, and the age of the mount decides. */
export function republishRule({
  index,
  fact,
  t,
  settings,
}: HopContext): string {
  const { data } = fact as FactNamed<"vault.request">;
  const mounted = volumeAsking(index, data, t);
  const mtime = mounted === null ? null : mtimeOf(index, mounted, t);
  const driver = index.driverAt(data.node ?? "", t)?.data ?? null;
  const interval =
    driver?.rotationPollIntervalMs ?? settings?.addon.rotationPollInterval;
  const age = mtime === null ? "" : `, ${spoken(t - mtime)} old,`;
  const limit = interval === undefined ? "" : ` ${spoken(interval)}`;
  const every =
    settings === null ? "" : ` (${jittered(settings.kubelet.syncFrequency)})`;
  return `the kubelet publishes the volume again at each pod sync${every}; the driver fetched because the mount${age} was older than rotationPollInterval${limit}`;
}

/** `; the SDK had tried 2 times before: 429, 429`; empty for a request that was answered at its first try. */
export function refusedTries({ index, fact, causes }: HopContext): string {
  if (fact.type !== "vault.request" || fact.data.pod === null) return "";
  const statuses: number[] = [];
  let behind: readonly Cause[] = causes;
  for (let depth = 0; depth < MOST_TRIES; depth++) {
    const asked = behind
      .map((cause) => index.resolve(cause))
      .find((found) => found?.fact.type === "vault.request");
    if (asked === undefined || asked === null) break;
    const { status } = (asked.fact as FactNamed<"vault.request">).data;
    if (status >= 400 && status !== UNAUTHENTICATED) statuses.push(status);
    else if (status !== UNAUTHENTICATED) break;
    behind = asked.causes;
  }
  if (statuses.length === 0) return "";
  const times = statuses.length === 1 ? "once" : `${statuses.length} times`;
  return `; the provider had asked ${times} before, answered ${statuses.toReversed().join(", ")}`;
}

/** Tries of one mount that explanations look back upon. */
const MOST_TRIES = 16;
const UNAUTHENTICATED = 401;

export function resyncRule({ settings }: HopContext): string {
  const loops = POPULATOR_PERIOD_MS + RECONCILER_PERIOD_MS;
  const rest = `seen by its ${spoken(SYNC_TICK_PERIOD_MS)} ticker; its volume loops add up to ${spoken(loops)}`;
  if (settings === null)
    return `the kubelet syncs the pod again once a syncFrequency, ${rest}`;
  const { syncFrequency } = settings.kubelet;
  return `the kubelet syncs the pod again ${jittered(syncFrequency)} after its last sync (syncFrequency ${spoken(syncFrequency)}, jitter ${WORKER_JITTER_PERCENT / 100}), ${rest}`;
}

/** Whether the start of the kubelet's process made it sync a pod. */
export function startsKubelet({ index, trigger }: HopContext): boolean {
  let behind = trigger;
  for (let depth = 0; behind !== null && depth < DEEPEST_START; depth++) {
    if (behind.fact.type === "kubelet.started") return true;
    const [first] = behind.causes;
    behind = first === undefined ? null : index.resolve(first);
  }
  return false;
}

/** Facts between a sync and the start that made it. */
const DEEPEST_START = 4;

export function retriedMount({ trigger }: HopContext): string {
  const { backoffMs } = (trigger!.fact as FactNamed<"volume.failed">).data;
  return `the kubelet tries a failed mount again after ${spoken(backoffMs)}; each failure doubles the wait`;
}

/**
 * Why the controller of a driver from 1.6 on wrote a Secret: the pod status changed, its own 5 minutes were over, or its
 * process started; `writeBack`: with an older version than the Secret had. Null for any other write.
 */
export function writeReason(
  context: HopContext,
): "status" | "requeue" | "start" | "writeBack" | null {
  const { fact } = context;
  if (fact.type !== "api.object.modified" || fact.data.kind !== "Secret")
    return null;
  const [node = ""] = fact.data.by.split("/");
  const reason = triggerOfWrite(context);
  if (reason === null) return null;
  if (generationAt(context.index, node, context.t) !== "republish") return null;
  return olderThanBefore(context) ? "writeBack" : reason;
}

function triggerOfWrite({
  index,
  causes,
  t,
}: HopContext): "status" | "requeue" | "start" | null {
  for (const cause of causes) {
    const behind = index.resolve(cause)?.fact as AnyFact | undefined;
    // A requeue has the causes of the time before.
    const old = t - (behind?.t ?? t) >= SECRET_SYNC_REQUEUE_MS;
    switch (behind?.type) {
      case "csi.driver.started":
      case "node.started":
        return old ? "requeue" : "start";
      case "api.object.created":
      case "api.object.modified":
        if (behind.data.kind === "SecretProviderClassPodStatus")
          return old ? "requeue" : "status";
        if (behind.data.kind === "Secret") return "requeue";
        break;
      default:
        break;
    }
  }
  return null;
}

/** Whether a Secret got an older version of an object than it had before. */
function olderThanBefore({ index, fact }: HopContext): boolean {
  const { data, seq } = fact as FactNamed<"api.object.modified">;
  const before = [
    ...index.ofType("api.object.created"),
    ...index.ofType("api.object.modified"),
  ]
    .filter(
      (write) =>
        write.seq < seq &&
        write.data.kind === "Secret" &&
        write.data.namespace === data.namespace &&
        write.data.name === data.name,
    )
    .reduce<FactNamed<"api.object.created"> | null>(
      (last, write) => (last === null || write.seq > last.seq ? write : last),
      null,
    );
  return (data.contents ?? []).some((content) => {
    const held = before?.data.contents?.find(({ key }) => key === content.key);
    if (held === undefined || held.object !== content.object) return false;
    const order = versionsOf(index, content.object);
    const rank = (version: string) =>
      order.findIndex((set) => set.data.version === version);
    return rank(content.version) < rank(held.version);
  });
}

export function secretRule(context: HopContext): string {
  const { data } = context.fact as FactNamed<"api.object.modified">;
  const node = data.by.split("/")[0]!;
  const files = `from the files of ${node}`;
  const when = {
    status: "as the pod status's watch event tells it",
    requeue: `${spoken(SECRET_SYNC_REQUEUE_MS)} after its last time`,
    start: "since the driver has just started",
  }[triggerOfWrite(context) ?? "status"];
  const older = olderThanBefore(context)
    ? ", which were older than the Secret: it writes without looking"
    : "";
  return `the driver's controller replaces the Secret ${files}${older}, ${when}`;
}

/** Whether the container is not the first of its name. */
export function isRestart({ fact }: HopContext): boolean {
  return fact.type === "container.created" && fact.data.attempt > 0;
}

/** How a container came to what it holds: what was read, and what made the kubelet create it. */
export function containerRule(context: HopContext): string {
  return givenText(context) + restartText(context);
}

function givenText({ fact, version }: HopContext): string {
  const { variables, pinned } = (fact as FactNamed<"container.created">).data;
  const { source, resourceVersion } = version ?? {};
  const same = (held: SinkVersion) =>
    held.object === version?.object && held.version === version.version;
  const variable = variables.find(
    (each) => same(each) && each.source === source,
  );
  if (variable !== undefined && source !== undefined)
    return `environment variables are resolved when the container is created, never again: ${variable.variable} from ${source.replace("/", " ")} at resourceVersion ${resourceVersion}`;
  const file = pinned.find(same);
  return file === undefined
    ? "the kubelet reads environment and subPath files when it creates a container, and never again for that container"
    : `a subPath mount binds the file that is there when the container is created; later switches of ..data do not reach ${file.path}`;
}

/** `; it was created anew because …` for all but the first container of its name. */
function restartText({ index, fact }: HopContext): string {
  const { seq, data } = fact as FactNamed<"container.created">;
  const own = (other: FactNamed<"container.exited" | "container.waiting">) =>
    other.seq < seq &&
    other.data.uid === data.uid &&
    other.data.container === data.container;
  const waited = index.ofType("container.waiting").findLast(own);
  const exit = index.ofType("container.exited").findLast(own);
  if (data.attempt === 0 || exit === undefined)
    return waited === undefined
      ? ""
      : `; since ${clock(waited.t)} it had waited with ${waited.data.reason}`;
  const held =
    waited !== undefined && waited.seq > exit.seq
      ? `, after its ${waited.data.reason}`
      : "";
  return `; it was created anew because the one before had ended at ${clock(exit.t)} with exit code ${exit.data.exitCode}${held}`;
}

/** `1m-1m30s`: a period with the pod worker's jitter. */
export function jittered(period: DurationMs): string {
  return `${spoken(period)}-${spoken(longest(period))}`;
}

function longest(period: DurationMs): DurationMs {
  return (period * (100 + WORKER_JITTER_PERCENT)) / 100;
}

/**
 * The Lease stakater-reloader-lock, as Reloader's replicas ask for it, renew it and give it back. Only the leader watches
 * anything; what changes between two leaders is lost.
 *
 * Source: kubernetes/client-go v0.35 tools/leaderelection/leaderelection.go (tryAcquireOrRenew, release),
 *         resourcelock/leaselock.go; stakater/Reloader v1.4.21 internal/pkg/leadership/leadership.go; reloader.md 1.10
 * Emits    reloader.leading through its owner
 * Simplification: Events about the lease are not written.
 * Simplification: A replica that lost the lease is restarted 50 s later, the longest that its liveness probe (/live, five failures 10 s apart) takes to have its container restarted; the container itself stays the same.
 * From code alone: Reloader listens to no signal, so that a leader whose pod is deleted does not give its lease back: only one that failed to renew for 10 s tries to.
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import type {
  MachineBackend,
  MachineSet,
} from "../../../kernel/machine-runner.ts";
import { machineSet } from "../../../kernel/machine-runner.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS, toRfc3339Ms } from "../../../kernel/time.ts";
import { objectOf } from "../../api-server/validation/reading.ts";
import {
  LEASE_DURATION_MS,
  LEASE_RELEASED_MS,
  RELOADER_LIVENESS_MS,
} from "../../defaults.ts";
import type { ApiReply, Stored } from "../../ports.ts";
import type { Host, Running, Tag } from "../running.ts";
import type {
  LeaderElectionContext,
  LeaderElectionEvent,
} from "./leader-election.machine.ts";
import { leaderElectionMachine } from "./leader-election.machine.ts";
import type { LeaseMemory } from "./memory.ts";

export interface ElectionOwner {
  leads(running: Running): void;
  /** Told before the process is stopped. */
  lost(running: Running): void;
}

const NAME = "stakater-reloader-lock";
const NOT_FOUND = 404;

export class LeaderElection {
  readonly #host: Host;
  readonly #owner: ElectionOwner;
  readonly #machines: MachineSet<LeaderElectionContext, LeaderElectionEvent>;

  constructor(host: Host, backend: MachineBackend, owner: ElectionOwner) {
    this.#host = host;
    this.#owner = owner;
    this.#machines = machineSet<LeaderElectionContext, LeaderElectionEvent>({
      sim: host.sim,
      name: `${host.name}/leader-election`,
      machine: leaderElectionMachine,
      rank: Rank.controller,
      backend,
      effects: {
        ask: ({ key }) => this.#ask(host.alive(Number(key))!),
        lead: ({ key }) => this.#lead(host.alive(Number(key))!),
        lose: ({ key }) => this.#lose(host.alive(Number(key))!),
      },
    });
  }

  begin(running: Running): void {
    this.#machines.start(keyOf(running), undefined);
  }

  /** The process has ended, whether it took part or not. */
  end(running: Running): void {
    const key = keyOf(running);
    if (this.#machines.has(key)) this.#machines.stop(key);
  }

  answered(running: Running, tag: Tag, reply: ApiReply): void {
    switch (tag["step"]) {
      case "renewed":
        // What somebody else wrote, or a lease that is gone, is looked at anew.
        if (!reply.ok) return this.#get(running);
        return this.#hold(running, reply);
      case "got":
        return this.#got(running, reply);
      default:
        if (!reply.ok) return this.#refuse(running);
        return this.#hold(running, reply);
    }
  }

  /** The leader first tries with what it knows. */
  #ask(running: Running): void {
    const { seen, leads } = leaseOf(running);
    if (!leads || seen === null) return this.#get(running);
    this.#write(running, "renewed", seen);
  }

  #get(running: Running): void {
    const namespace = running.process.env["POD_NAMESPACE"]!;
    const key = { kind: "Lease", namespace, name: NAME };
    this.#host.ask(
      running,
      { verb: "get", ...key },
      { of: "lease", step: "got" },
    );
  }

  #got(running: Running, reply: ApiReply): void {
    if (!reply.ok)
      return reply.error.code === NOT_FOUND
        ? this.#write(running, "written", null)
        : this.#refuse(running);
    const stored = "stored" in reply ? reply.stored : null;
    const lease = leaseOf(running);
    const { now } = this.#host.sim;
    if (versionOf(stored) !== versionOf(lease.seen)) {
      lease.seen = stored;
      lease.seenAt = now;
    }
    const { holderIdentity } = specOf(stored);
    const isHeld = holderIdentity !== undefined && holderIdentity !== "";
    const isOurs = holderIdentity === identityOf(running);
    if (isHeld && !isOurs && now < lease.seenAt + LEASE_DURATION_MS)
      return this.#refuse(running);
    this.#write(running, "written", stored);
  }

  /** `held` is the lease as it is, null when there is none. */
  #write(running: Running, step: string, held: Stored | null): void {
    const { now } = this.#host.sim;
    const spec = specOf(held);
    const isOurs = spec["holderIdentity"] === identityOf(running);
    const transitions = (spec["leaseTransitions"] as number | undefined) ?? 0;
    const record = {
      holderIdentity: identityOf(running),
      leaseDurationSeconds: LEASE_DURATION_MS / SECOND_MS,
      acquireTime: isOurs ? spec["acquireTime"]! : microTime(now),
      renewTime: microTime(now),
      leaseTransitions: held === null || isOurs ? transitions : transitions + 1,
    };
    const verb = held === null ? "create" : "update";
    const object = manifestOf(running, held, record);
    this.#host.ask(running, { verb, object }, { of: "lease", step });
  }

  #hold(running: Running, reply: ApiReply): void {
    const lease = leaseOf(running);
    if (reply.ok && "stored" in reply) lease.seen = reply.stored;
    lease.seenAt = this.#host.sim.now;
    this.#machines.send(keyOf(running), {
      type: "lease.held",
      at: this.#host.sim.now,
    });
  }

  #refuse(running: Running): void {
    this.#machines.send(keyOf(running), {
      type: "lease.refused",
      at: this.#host.sim.now,
    });
  }

  #lead(running: Running): void {
    leaseOf(running).leads = true;
    this.#owner.leads(running);
  }

  /** Gives the lease back if it still gets there, and ends. */
  #lose(running: Running): void {
    const { seen } = leaseOf(running);
    const now = microTime(this.#host.sim.now);
    const object = manifestOf(running, seen, {
      holderIdentity: "",
      leaseDurationSeconds: LEASE_RELEASED_MS / SECOND_MS,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: specOf(seen)["leaseTransitions"] ?? 0,
    });
    const tag = { of: "lease", step: "released" };
    this.#host.ask(running, { verb: "update", object }, tag);
    this.#owner.lost(running);
    this.#host.restart(running, RELOADER_LIVENESS_MS);
  }
}

function keyOf({ life }: Running): string {
  return String(life);
}

function leaseOf({ reloader }: Running): LeaseMemory {
  return reloader!.lease;
}

function identityOf({ process }: Running): string {
  return process.env["POD_NAME"]!;
}

function specOf(lease: Stored | null): JsonObject {
  return objectOf(lease?.object["spec"] as JsonValue | undefined);
}

function versionOf(lease: Stored | null): string {
  return lease?.object.metadata.resourceVersion ?? "";
}

/** metav1.MicroTime */
function microTime(at: EpochMs): string {
  return toRfc3339Ms(at).replace("Z", "000Z");
}

function manifestOf(
  running: Running,
  held: Stored | null,
  spec: JsonObject,
): JsonObject {
  const namespace = running.process.env["POD_NAMESPACE"]!;
  const version = versionOf(held);
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: NAME,
      namespace,
      ...(version === "" ? {} : { resourceVersion: version }),
    },
    spec,
  };
}

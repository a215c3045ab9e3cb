/**
 * ControllerRevisions: the templates that a StatefulSet or DaemonSet has had, each in an object named `<owner>-<hash>`.
 * Source: kubernetes/kubernetes v1.35 pkg/controller/history/controller_history.go, pkg/controller/statefulset/stateful_set_utils.go
 * (newRevision, ApplyRevision), pkg/controller/daemon/update.go (snapshot, constructHistory)
 *
 * Simplification: ControllerRevisions that nobody owns are adopted by no StatefulSet or DaemonSet.
 */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import { objectOf } from "../api-server/validation/reading.ts";
import type { Stored } from "../ports.ts";
import type { Caches, PassRequest } from "./controller.ts";
import { ownerReference, workloadOf } from "./pod-control.ts";
import { intOf, specOf, statusOf } from "./pod-state.ts";
import { canonicalJson, templateHash } from "./template-hash.ts";

const KIND = "ControllerRevision";

export interface Revision {
  readonly name: string;
  /** Counted up with each new template; a roll-back gives an old one the next number. */
  readonly number: number;
  readonly template: JsonObject;
  /** Value of its hash label. */
  readonly hash: string;
}

export interface RevisionPlan {
  /** Of the template as it is now. */
  readonly update: Revision;
  /** All that are there, oldest first; a new one is not yet among them. */
  readonly revisions: readonly Revision[];
  /** What makes `update` the newest. */
  readonly requests: readonly PassRequest[];
}

/** `hashLabel`: the label on the revision under which its hash stands. */
export function planRevision(
  owner: Stored,
  caches: Caches,
  hashLabel: string,
): RevisionPlan {
  const revisions = revisionsOf(owner, caches, hashLabel);
  const template = objectOf(specOf(owner.object)["template"]);
  const newest = revisions.at(-1);
  const text = canonicalJson(template);
  const equal = revisions.findLast(
    (revision) => canonicalJson(revision.template) === text,
  );
  if (equal !== undefined && equal === newest)
    return { update: equal, revisions, requests: [] };
  const number = (newest?.number ?? 0) + 1;
  if (equal !== undefined) {
    const { namespace = "" } = owner.object.metadata;
    const key = { kind: KIND, namespace, name: equal.name };
    const request = { verb: "patch", ...key, patch: { revision: number } };
    return {
      update: { ...equal, number },
      revisions,
      requests: [{ request } as PassRequest],
    };
  }
  const collisions = intOf(statusOf(owner.object)["collisionCount"], 0);
  const hash = templateHash(template, collisions);
  const name = `${owner.object.metadata.name}-${hash}`;
  const update = { name, number, template, hash };
  return { update, revisions, requests: [creation(owner, update, hashLabel)] };
}

function creation(
  owner: Stored,
  { name, number, template, hash }: Revision,
  hashLabel: string,
): PassRequest {
  const { namespace = "", annotations } = owner.object.metadata;
  const { labels } = objectOf(template["metadata"]);
  const object = {
    apiVersion: "apps/v1",
    kind: KIND,
    metadata: {
      namespace,
      name,
      labels: { ...objectOf(labels), [hashLabel]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerReference(owner.object) as unknown as JsonObject],
    },
    data: { spec: { template: { ...template, $patch: "replace" } } },
    revision: number,
  };
  const lineage = { workload: workloadOf(owner), ordinal: null };
  return {
    request: { verb: "create", object, lineage },
    forgiven: ["AlreadyExists"],
  };
}

function revisionsOf(
  owner: Stored,
  caches: Caches,
  hashLabel: string,
): readonly Revision[] {
  const created = (stored: Stored): string =>
    stored.object.metadata.creationTimestamp;
  const stored = [...caches.ownedBy(KIND, owner.object.metadata.uid)];
  stored.sort(
    (a, b) =>
      numberOf(a) - numberOf(b) ||
      byCodeUnit(created(a), created(b)) ||
      byCodeUnit(a.object.metadata.name, b.object.metadata.name),
  );
  return stored.map((one) => ({
    name: one.object.metadata.name,
    number: numberOf(one),
    template: templateOf(one),
    hash: one.object.metadata.labels?.[hashLabel] ?? "",
  }));
}

function numberOf({ object }: Stored): number {
  return intOf(object["revision"] as JsonValue | undefined, 0);
}

/** A pure cache: revisions never change but for their number, and canonical text is remembered by the template's object. */
const templates = new WeakMap<JsonObject, JsonObject>();

function templateOf({ object }: Stored): JsonObject {
  const data = objectOf(object["data"] as JsonValue | undefined);
  const whole = objectOf(objectOf(data["spec"])["template"]);
  let template = templates.get(whole);
  if (template === undefined) {
    const { $patch: _, ...rest } = whole;
    templates.set(whole, (template = rest));
  }
  return template;
}

/** Deletes the oldest of those that may go until no more than `limit` are left of them. */
export function truncateHistory(
  owner: Stored,
  candidates: readonly Revision[],
  limit: number,
): PassRequest[] {
  const { namespace = "" } = owner.object.metadata;
  return candidates
    .slice(0, Math.max(0, candidates.length - limit))
    .map(({ name }) => ({
      request: { verb: "delete", kind: KIND, namespace, name },
    }));
}

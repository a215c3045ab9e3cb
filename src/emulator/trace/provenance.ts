/**
 * One step back along where content came from, and what made the step happen when it did. By convention `causes[0]` is
 * the provenance and later causes are triggers; where a fact moved several contents at once, the one that is asked
 * about is followed.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Cause, Instance } from "../../kernel/trace.ts";
import type { AnyFact } from "./facts.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";
import { lastInstance } from "./fact-index.ts";
import type { SinkVersion } from "./versions.ts";
import { commandBehind, objectOf, versionsOf } from "./versions.ts";

/** Where the content of a fact came from; null at its origin. `version` null: the newest content of the fact. */
export function provenanceOf(
  index: FactIndex,
  of: Instance,
  version: SinkVersion | null,
): Instance | null {
  const fact = of.fact as AnyFact;
  switch (fact.type) {
    case "command":
      return null;
    case "vault.secret.set":
    case "vault.key.set":
    case "vault.certificate.set": {
      const command = commandBehind(index, fact);
      return command === null ? null : index.resolve(command.seq);
    }
    case "vault.request":
      return setBehind(index, fact);
    default:
      return contentBehind(index, of, version);
  }
}

function setBehind(
  index: FactIndex,
  { data }: Extract<AnyFact, { type: "vault.request" }>,
): Instance | null {
  const object = `${data.vault}/${data.collection}/${data.name}`;
  const set = versionsOf(index, object).find(
    (made) => made.data.version === data.version,
  );
  return set === undefined ? null : index.resolve(set.seq);
}

function contentBehind(
  index: FactIndex,
  of: Instance,
  version: SinkVersion | null,
): Instance | null {
  const first = of.causes[0];
  if (first === undefined) return null;
  if (version !== null) {
    const read = readSource(index, of, version);
    if (read !== null) return read;
    for (const cause of of.causes) {
      const source = index.resolve(cause);
      if (source !== null && carries(source.fact as AnyFact, version))
        return atItsOrigin(index, source, version);
    }
    const earlier = earlierCarrier(index, of, version);
    if (earlier !== null) return atItsOrigin(index, earlier, version);
  }
  return index.resolve(first);
}

type ObjectWrite = FactNamed<"api.object.created" | "api.object.modified">;

/** The write that brought a variable's version into the object that it was read from, before or at that read. */
function readSource(
  index: FactIndex,
  of: Instance,
  version: SinkVersion,
): Instance | null {
  const fact = of.fact as AnyFact;
  const { source, resourceVersion } = version;
  if (fact.type !== "container.created" || source === undefined) return null;
  const { namespace, variables } = fact.data;
  const isVariable = variables.some(
    (each) => each.source === source && sameVersion(each, version),
  );
  if (!isVariable) return null;
  const read = writesOf(index, namespace, source).findLast(
    ({ data }) => data.resourceVersion <= Number(resourceVersion),
  );
  return read === undefined ? null : broughtBy(index, read, version);
}

/** Every write of an API object, `Secret/app-secret`, in order. */
function writesOf(
  index: FactIndex,
  namespace: string,
  source: string,
): ObjectWrite[] {
  return [
    ...index.ofType("api.object.created"),
    ...index.ofType("api.object.modified"),
  ]
    .filter(({ data }) => {
      const { kind, name } = data;
      return `${kind}/${name}` === source && data.namespace === namespace;
    })
    .sort((a, b) => a.seq - b.seq);
}

/** The write since which an object has a version: those after it kept what was there. */
function broughtBy(
  index: FactIndex,
  write: ObjectWrite,
  version: SinkVersion,
): Instance | null {
  const [first] = write.causes;
  const from = first === undefined ? null : index.resolve(first);
  // The usual case: it came with this very write.
  if (
    from?.fact.type === "volume.switched" &&
    carries(from.fact as AnyFact, version)
  )
    return index.resolve(write.seq);
  const { kind, namespace, name } = write.data;
  const writes = writesOf(index, namespace, `${kind}/${name}`);
  let at = writes.findIndex(({ seq }) => seq === write.seq);
  while (
    at > 0 &&
    writes[at]!.type === "api.object.modified" &&
    carries(writes[at - 1]!, version)
  )
    at -= 1;
  return index.resolve(writes[at]!.seq);
}

/** Content that a write of an API object only kept came with an earlier one. */
function atItsOrigin(
  index: FactIndex,
  source: Instance | null,
  version: SinkVersion | null,
): Instance | null {
  const fact = (source?.fact ?? null) as AnyFact | null;
  return version !== null &&
    (fact?.type === "api.object.created" ||
      fact?.type === "api.object.modified") &&
    carries(fact, version)
    ? broughtBy(index, fact, version)
    : source;
}

type Named = Pick<SinkVersion, "object" | "version">;

function sameVersion(held: Named, version: Named): boolean {
  return held.object === version.object && held.version === version.version;
}

/** Whether a fact moved this very version. */
function carries(fact: AnyFact, version: SinkVersion): boolean {
  const same = (held: { object: string; version: string }) =>
    sameVersion(held, version);
  switch (fact.type) {
    case "vault.secret.set":
    case "vault.key.set":
    case "vault.certificate.set":
      return same({ object: objectOf(fact), version: fact.data.version });
    case "vault.request": {
      const { vault, collection, name, version: read } = fact.data;
      return same({
        object: `${vault}/${collection}/${name}`,
        version: read ?? "",
      });
    }
    case "volume.switched":
    case "volume.verified":
      return fact.data.files.some(same);
    case "api.object.created":
    case "api.object.modified":
      return (fact.data.contents ?? []).some(same);
    case "container.created":
      return [...fact.data.variables, ...fact.data.pinned].some(same);
    case "app.holds":
    case "lane.holds":
      return same(fact.data);
    default:
      return false;
  }
}

/** For content that a fact kept from an earlier one: the last fact before it that brought this version. */
function earlierCarrier(
  index: FactIndex,
  of: Instance,
  version: SinkVersion,
): Instance | null {
  const fact = of.fact as AnyFact;
  if (
    fact.type !== "volume.switched" &&
    fact.type !== "volume.verified" &&
    fact.type !== "container.created"
  )
    return null;
  const { namespace, name } = fact.data;
  if (fact.type === "container.created") {
    const { uid } = fact.data;
    const pinned = fact.data.pinned.find((file) => sameVersion(file, version));
    if (pinned !== undefined)
      return lastOf(
        index.ofType("volume.switched"),
        of.t,
        (write) =>
          write.data.uid === uid &&
          write.data.volume === pinned.volume &&
          carries(write, version),
      );
  }
  if (fact.type !== "container.created" && fact.data.kind === "csi")
    return lastOf(index.ofType("vault.request"), of.t, (request) => {
      const own = request.data.pod === `${namespace}/${name}`;
      return own && carries(request, version);
    });
  const writes = [
    ...index.ofType("api.object.created"),
    ...index.ofType("api.object.modified"),
  ];
  return lastOf(writes, of.t, (write) => {
    const { kind: written, namespace: where } = write.data;
    const there =
      (written === "Secret" || written === "ConfigMap") && where === namespace;
    return there && carries(write, version);
  });
}

function lastOf<Each extends AnyFact>(
  facts: readonly Each[],
  until: EpochMs,
  wanted: (fact: Each) => boolean,
): Instance | null {
  let last: Instance | null = null;
  for (const fact of facts) {
    if (!wanted(fact)) continue;
    const found = lastInstance(fact, until);
    if (found !== null && (last === null || found.t >= last.t)) last = found;
  }
  return last;
}

/** Facts that start something: where a search for a trigger ends. */
const TRIGGERS: readonly AnyFact["type"][] = [
  "csi.rotation.tick",
  "csi.rotation.failed",
  "csi.driver.started",
  "kubelet.started",
  "node.started",
  "api.watch.resumed",
  "kubelet.pod.added",
  "kubelet.pod.sync",
  "volume.failed",
  "command",
];

/** How many facts lie between a hop and its trigger at most: 401, token, reconcile and the like. */
const DEEPEST_TRIGGER = 8;

/** What made a hop happen when it did; null when nothing but the content's arrival did. */
export function triggerOf(index: FactIndex, of: Instance): Instance | null {
  const causes = of.causes.length > 1 ? of.causes.slice(1) : of.causes;
  return searchTrigger(index, causes, DEEPEST_TRIGGER);
}

function searchTrigger(
  index: FactIndex,
  causes: readonly Cause[],
  depth: number,
): Instance | null {
  for (const cause of causes) {
    const found = index.resolve(cause);
    if (found === null) continue;
    const fact = found.fact as AnyFact;
    if (TRIGGERS.includes(fact.type)) return found;
    if (depth === 0 || isSet(fact)) continue;
    const behind = bringsContent(fact) ? found.causes.slice(1) : found.causes;
    const trigger = searchTrigger(index, behind, depth - 1);
    if (trigger !== null) return trigger;
  }
  return null;
}

function isSet(fact: AnyFact): boolean {
  return (
    fact.type === "vault.secret.set" ||
    fact.type === "vault.key.set" ||
    fact.type === "vault.certificate.set"
  );
}

/** Whether the first cause of a fact is a provenance and no trigger. */
function bringsContent(fact: AnyFact): boolean {
  switch (fact.type) {
    case "vault.request":
      return fact.data.version !== null;
    case "volume.switched":
    case "volume.verified":
    case "app.holds":
    case "lane.holds":
      return true;
    case "container.created":
      return fact.data.variables.length + fact.data.pinned.length > 0;
    case "api.object.created":
    case "api.object.modified":
      return (fact.data.contents ?? []).length > 0;
    default:
      return false;
  }
}

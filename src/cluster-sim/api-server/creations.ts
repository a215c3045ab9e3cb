/**
 * What a create makes of a manifest: its name, uid and defaults, or why it is refused. Nothing is stored here.
 * Source: kubernetes/apiserver v0.32 pkg/registry/generic/registry/store.go, pkg/registry/rest/create.go,
 * pkg/storage/names/generate.go; kubernetes v1.35 plugin/pkg/admission/serviceaccount/admission.go.
 */
import type { JsonObject } from "../../kernel/json.ts";
import { toRfc3339 } from "../../kernel/time.ts";
import type { ApiRequest, Lineage } from "../ports.ts";
import { assemble, normalised, withStatus } from "./assemble.ts";
import type { WriteContext, WriteResult } from "./changes.ts";
import { withGeneratedSelector } from "./job-selector.ts";
import type { KindInfo } from "./kinds.ts";
import { kindInfo } from "./kinds.ts";
import { initialStatus } from "./object-defaults.ts";
import type { Refusal } from "./status.ts";
import { alreadyExists, forbidden, notFound, refuse } from "./status.ts";
import { getStored, storeKey } from "./store.ts";
import { objectOf, stringOf } from "./validation/reading.ts";
import { refusalOf, validateManifest } from "./validation/validate.ts";

type Create = Extract<ApiRequest, { verb: "create" }>;

const NAME_SUFFIX = "bcdfghjklmnpqrstvwxz2456789";
const NAME_SUFFIX_LENGTH = 5;
/** What is kept of a generateName: a label's 63 characters without the suffix. */
const GENERATED_PREFIX_MAX = 58;

/** A manifest to be created that has passed every check but those of the cluster's state. */
interface Draft {
  readonly info: KindInfo;
  readonly body: JsonObject;
  readonly namespace: string;
}

/**
 * Manifests whose name was taken, by the very object: a client that sends one again and again has it read once. Nobody
 * changes the object of a request, so this is a pure cache, of no world's state.
 */
const drafts = new WeakMap<JsonObject, Draft>();

export function planCreate(ctx: WriteContext, request: Create): WriteResult {
  const draft = drafts.get(request.object) ?? readDraft(request.object);
  if ("ok" in draft) return draft;
  const { info, body, namespace } = draft;
  const refusal = admit(ctx, info, namespace, body);
  if (refusal !== null) return refusal;
  const name =
    stringOf(objectOf(body["metadata"])["name"]) ||
    generatedName(ctx, info, body, request.lineage);
  if (getStored(ctx.state, info.kind, storeKey(namespace, name)) !== null) {
    drafts.set(request.object, draft);
    return alreadyExists(info, name);
  }
  const { lineage } = request;
  const counter = countedAs(info.kind, { namespace, name }, lineage);
  const index = ctx.state.created.get(counter) ?? 0;
  const uid = ctx.draws.uuid(`apiserver/${counter}/uid`, index);
  const whole =
    info.kind === "Job" ? withGeneratedSelector(body, { name, uid }) : body;
  const object = assemble(info, whole, {
    name,
    ...(info.namespaced ? { namespace } : {}),
    uid,
    resourceVersion: "",
    generation: info.generation === "none" ? 0 : 1,
    creationTimestamp: toRfc3339(ctx.now),
  });
  const created = withStatus(object, info, initialStatus(info.kind));
  return {
    ok: true,
    change: {
      type: "created",
      info,
      before: null,
      object: created,
      counter,
      ...(lineage === undefined ? {} : { lineage }),
    },
  };
}

function readDraft(object: JsonObject): Draft | Refusal {
  const problems = validateManifest(object);
  if (problems.length > 0) return refusalOf(object, problems);
  const body = normalised(object);
  const info = kindInfo(stringOf(body["kind"]))!;
  const metadata = objectOf(body["metadata"]);
  if (stringOf(metadata["resourceVersion"]) !== "")
    return refuse(
      500,
      "",
      "resourceVersion should not be set on objects to be created",
    );
  const namespace = info.namespaced
    ? stringOf(metadata["namespace"]) || "default"
    : "";
  return { info, body, namespace };
}

/** Admission: what the cluster must have before an object may be made in it. */
function admit(
  ctx: WriteContext,
  info: KindInfo,
  namespace: string,
  body: JsonObject,
): Refusal | null {
  if (!info.namespaced) return null;
  const { state } = ctx;
  if (getStored(state, "Namespace", storeKey("", namespace)) === null)
    return notFound(kindInfo("Namespace")!, namespace);
  if (info.kind !== "Pod" || !ctx.checkServiceAccounts) return null;
  const account = stringOf(objectOf(body["spec"])["serviceAccountName"]);
  const key = storeKey(namespace, account);
  if (getStored(state, "ServiceAccount", key) !== null) return null;
  return forbidden(
    info,
    givenName(body),
    `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
  );
}

/** As refusals name an object that has no name yet. */
function givenName(body: JsonObject): string {
  const { name, generateName } = objectOf(body["metadata"]);
  return stringOf(name) || stringOf(generateName);
}

/** An object with a lineage is counted, and draws, by that: its name may hold a hash of what a what-if twin has otherwise. */
function countedAs(
  kind: string,
  address: { readonly namespace: string; readonly name: string },
  lineage: Lineage | undefined,
): string {
  if (lineage === undefined)
    return `${kind}/${address.namespace}/${address.name}`;
  const { workload, ordinal } = lineage;
  return `${kind}/lineage/${workload}${ordinal === null ? "" : `/${ordinal}`}`;
}

function generatedName(
  ctx: WriteContext,
  info: KindInfo,
  body: JsonObject,
  lineage: Lineage | undefined,
): string {
  const { generateName, namespace } = objectOf(body["metadata"]);
  const prefix = stringOf(generateName);
  const address = { namespace: stringOf(namespace), name: prefix };
  const counter = `${countedAs(info.kind, address, lineage)}/generated`;
  const index = ctx.state.created.get(counter) ?? 0;
  ctx.state.created.set(counter, index + 1);
  let name = prefix.slice(0, GENERATED_PREFIX_MAX);
  for (let lane = 0; lane < NAME_SUFFIX_LENGTH; lane++)
    name +=
      NAME_SUFFIX[
        ctx.draws.between(
          0,
          NAME_SUFFIX.length,
          `apiserver/${counter}`,
          index,
          lane,
        )
      ]!;
  return name;
}

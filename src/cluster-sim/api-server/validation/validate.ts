/**
 * What Kubernetes itself would reject in a manifest: strict decoding, then the rules of the kind.
 * Source: kubernetes/kubernetes v1.32 (fieldValidation=Strict, as kubectl asks for), pkg/apis/core/validation.
 *
 * Simplification: Every write is decoded strictly, also of clients that ask Kubernetes only for warnings about unknown fields.
 */
import type { JsonObject } from "../../../kernel/json.ts";
import { jsonEqual } from "../../../kernel/json.ts";
import type { KindInfo } from "../kinds.ts";
import { KINDS, kindInfo, servedKind, splitApiVersion } from "../kinds.ts";
import { withoutNulls } from "../merge-patch.ts";
import type { Refusal } from "../status.ts";
import {
  badRequest,
  invalid,
  noMatch,
  noMatchText,
  refuseUnmodelled,
  undecodable,
} from "../status.ts";
import { CORE_SHAPES } from "./core.shapes.ts";
import {
  validateConfigMap,
  validateDataUpdate,
  validateSecret,
} from "./data.ts";
import { decode } from "./decode.ts";
import { META_SHAPES } from "./meta.shapes.ts";
import { validateMetadata } from "./metadata.ts";
import { nearestName } from "../../../kernel/nearest-name.ts";
import { POD_SHAPES } from "./pod.shapes.ts";
import { validatePod, validatePodUpdate } from "./pod.ts";
import { objectOf, stringOf } from "./reading.ts";
import type { StagedProblem } from "./report.ts";
import { Report } from "./report.ts";
import { SECRETS_STORE_SHAPES } from "./secrets-store.shapes.ts";
import type { ShapeTable } from "./shape.ts";
import { shapeTable } from "./shape.ts";
import { reportUnmodelled } from "./unmodelled.ts";
import { VOLUME_SHAPES } from "./volume.shapes.ts";
import { validateWorkload, validateWorkloadUpdate } from "./workloads.ts";
import { WORKLOAD_SHAPES } from "./workload.shapes.ts";

let shapes: ShapeTable | null = null;

/** Read at the first use: a run without manifests pays nothing. */
function table(): ShapeTable {
  shapes ??= shapeTable(
    META_SHAPES,
    CORE_SHAPES,
    POD_SHAPES,
    VOLUME_SHAPES,
    SECRETS_STORE_SHAPES,
    WORKLOAD_SHAPES,
  );
  return shapes;
}

/**
 * Everything wrong with one manifest, in the order of checking; nothing when Kubernetes would take it. Rules are checked
 * once decoding found nothing; what Keyturn has not built is named once the rules found nothing. What only the cluster can know (does the namespace exist?) is not judged. `known` is an
 * earlier form of the object that passed.
 */
export function validateManifest(
  object: JsonObject,
  known?: JsonObject,
): StagedProblem[] {
  const report = new Report();
  const info = identify(object, report);
  if (info === null) return report.problems;
  decodeKind(object, info, report, known);
  if (report.problems.length > 0) return report.problems;
  const clean = withoutNulls(object);
  validateMetadata(objectOf(clean["metadata"]), info, report);
  switch (info.kind) {
    case "Pod":
      validatePod(clean, report);
      if (report.problems.length === 0)
        reportUnmodelled(objectOf(clean["spec"]), ["spec"], report);
      break;
    case "Secret":
      validateSecret(clean, report);
      break;
    case "ConfigMap":
      validateConfigMap(clean, report);
      break;
    default:
      validateWorkload(info.kind, clean, known === undefined, report);
  }
  return report.problems;
}

function identify(object: JsonObject, report: Report): KindInfo | null {
  const { apiVersion, kind } = object;
  for (const [member, value] of [
    ["apiVersion", apiVersion],
    ["kind", kind],
  ] as const)
    if (typeof value !== "string" || value === "")
      report.add("kind", [member], `${member}: Required value`);
  if (typeof apiVersion !== "string" || typeof kind !== "string") return null;
  if (report.problems.length > 0) return null;
  const info = servedKind(apiVersion, kind);
  if (info === null) reportNoMatch(apiVersion, kind, report);
  return info;
}

function reportNoMatch(apiVersion: string, kind: string, report: Report): void {
  const known = kindInfo(kind);
  const text = noMatchText(kind, apiVersion);
  if (known === null) {
    const kinds = KINDS.map((info) => info.kind);
    report.add("kind", ["kind"], text, nearestName(kind, kinds) ?? undefined);
    return;
  }
  const { group, versions } = known;
  const served = versions.map((v) => (group === "" ? v : `${group}/${v}`));
  report.add("kind", ["apiVersion"], text, served[0]);
}

function decodeKind(
  object: JsonObject,
  info: KindInfo,
  report: Report,
  known: JsonObject | undefined,
): void {
  if (info.behaviour === "modelled") {
    const custom = info.group.endsWith(".x-k8s.io");
    return decode(table(), info.kind, object, report, {
      custom,
      ...(known === undefined ? {} : { known }),
    });
  }
  const metadata = objectOf(object["metadata"]);
  decode(table(), "ObjectMeta", metadata, report, { at: ["metadata"] });
}

/** What may not change between two stored forms of one object. */
export function validateUpdate(
  info: KindInfo,
  before: JsonObject,
  after: JsonObject,
): StagedProblem[] {
  const report = new Report();
  if (info.kind === "Pod") validatePodUpdate(before, after, report);
  if (info.kind === "Secret" || info.kind === "ConfigMap")
    validateDataUpdate(before, after, jsonEqual, report);
  validateWorkloadUpdate(info.kind, before, after, report);
  return report.problems;
}

/** The Status that the server answers for a manifest with these problems. */
export function refusalOf(
  object: JsonObject,
  problems: readonly StagedProblem[],
): Refusal {
  const apiVersion = stringOf(object["apiVersion"]);
  const kind = stringOf(object["kind"]);
  const info = servedKind(apiVersion, kind);
  if (info === null)
    return kind === "" || apiVersion === ""
      ? badRequest(problems[0]!.message)
      : noMatch(kind, apiVersion);
  const { version } = splitApiVersion(apiVersion);
  const texts = (stage: StagedProblem["stage"]): string[] =>
    problems.filter((p) => p.stage === stage).map((p) => p.message);
  const [undecoded] = texts("decode");
  if (undecoded !== undefined) return undecodable(info, version, undecoded);
  const unknown = texts("strict");
  if (unknown.length > 0)
    return undecodable(
      info,
      version,
      `strict decoding error: ${unknown.join(", ")}`,
    );
  const [unmodelled] = texts("unmodelled");
  if (unmodelled !== undefined) return refuseUnmodelled(unmodelled);
  const { name } = objectOf(object["metadata"]);
  return invalid(info, stringOf(name), texts("invalid"));
}

/**
 * Rules for a pod's volumes.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (ValidateVolumes, validateVolumeSource).
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { validateDownwardFile } from "./downward.ts";
import { localPath, noBacksteps, validateMode } from "./file-paths.ts";
import { labelProblems, subdomainProblems } from "./names.ts";
import { isSet, listOf, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

/** Every volume source, in upstream's order of checking; the value says which members it requires. */
const SOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  ["emptyDir", []],
  ["hostPath", ["path"]],
  ["gitRepo", ["repository"]],
  ["gcePersistentDisk", ["pdName"]],
  ["awsElasticBlockStore", ["volumeID"]],
  ["secret", ["secretName"]],
  ["nfs", ["server", "path"]],
  ["iscsi", ["targetPortal", "iqn"]],
  ["glusterfs", ["endpoints", "path"]],
  ["flocker", []],
  ["persistentVolumeClaim", ["claimName"]],
  ["rbd", ["monitors", "image"]],
  ["cinder", ["volumeID"]],
  ["cephfs", ["monitors"]],
  ["quobyte", ["registry", "volume"]],
  ["downwardAPI", []],
  ["fc", []],
  ["flexVolume", ["driver"]],
  ["configMap", ["name"]],
  ["azureFile", ["secretName", "shareName"]],
  ["vsphereVolume", ["volumePath"]],
  ["photonPersistentDisk", ["pdID"]],
  ["portworxVolume", ["volumeID"]],
  ["azureDisk", ["diskName", "diskURI"]],
  ["storageos", []],
  ["projected", []],
  ["scaleIO", ["gateway", "system", "volumeName"]],
  ["csi", []],
  ["ephemeral", ["volumeClaimTemplate"]],
  ["image", []],
]);

/** Returns the names of the volumes that are well-formed, which mounts may refer to. */
export function validateVolumes(
  volumes: readonly JsonObject[],
  path: FieldPath,
  report: Report,
): ReadonlySet<string> {
  const names = new Set<string>();
  volumes.forEach((volume, i) => {
    const before = report.problems.length;
    const name = stringOf(volume["name"]);
    validateSource(volume, [...path, i], report);
    if (name === "") report.required([...path, i, "name"]);
    else report.eachInvalid([...path, i, "name"], name, labelProblems(name));
    if (names.has(name)) report.duplicate([...path, i, "name"], name);
    if (report.problems.length === before) names.add(name);
  });
  return names;
}

function validateSource(
  volume: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  let found = 0;
  for (const [source, required] of SOURCES) {
    if (!isSet(volume[source])) continue;
    found += 1;
    const body = objectOf(volume[source]);
    const at = [...path, source];
    if (found > 1) {
      report.forbidden(at, "may not specify more than 1 volume type");
      continue;
    }
    for (const member of required)
      if (!body[member]) report.required([...at, member]);
    validateBody(source, body, at, report);
  }
}

function validateBody(
  source: string,
  body: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  switch (source) {
    case "secret":
    case "configMap":
      validateMode(body["defaultMode"], [...path, "defaultMode"], report);
      return validateItems(body["items"], [...path, "items"], report);
    case "downwardAPI":
      validateMode(body["defaultMode"], [...path, "defaultMode"], report);
      for (const file of listOf(body["items"]))
        validateDownwardFile(file, path, report);
      return;
    case "projected":
      validateMode(body["defaultMode"], [...path, "defaultMode"], report);
      return validateProjection(body, path, report);
    case "csi":
      return validateCsi(body, path, report);
    case "hostPath":
      return noBacksteps(stringOf(body["path"]), [...path, "path"], report);
    case "nfs":
      if (!stringOf(body["path"]).startsWith("/"))
        report.invalid(
          [...path, "path"],
          stringOf(body["path"]),
          "must be an absolute path",
        );
      return;
    default:
  }
}

function validateItems(
  items: JsonValue | undefined,
  path: FieldPath,
  report: Report,
): void {
  listOf(items).forEach((item, i) => {
    if (!item["key"]) report.required([...path, i, "key"]);
    if (!item["path"]) report.required([...path, i, "path"]);
    localPath(stringOf(item["path"]), [...path, i, "path"], report);
    validateMode(item["mode"], [...path, i, "mode"], report);
  });
}

const TOKEN_LEAST_SECONDS = 600;

/** The paths that the sources of one projected volume claim: no two may be the same. */
class ClaimedPaths {
  readonly #seen = new Set<string>();
  readonly #path: FieldPath;
  readonly #report: Report;

  constructor(path: FieldPath, report: Report) {
    this.#path = path;
    this.#report = report;
  }

  claim(files: readonly JsonObject[]): void {
    for (const file of files) {
      const name = stringOf(file["path"]);
      if (name === "") continue;
      if (this.#seen.has(name))
        this.#report.invalid(this.#path, name, "conflicting duplicate paths");
      this.#seen.add(name);
    }
  }
}

function validateProjection(
  body: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  const paths = new ClaimedPaths(path, report);
  listOf(body["sources"]).forEach((source, i) => {
    const at = [...path, "sources", i];
    const kinds = Object.keys(source).filter((kind) => isSet(source[kind]));
    for (const kind of ["secret", "configMap"]) {
      if (!isSet(source[kind])) continue;
      const { name, items } = objectOf(source[kind]);
      if (!name) report.required([...at, kind, "name"]);
      validateItems(items, [...at, kind, "items"], report);
      paths.claim(listOf(items));
    }
    const downward = listOf(objectOf(source["downwardAPI"])["items"]);
    for (const file of downward)
      validateDownwardFile(file, [...at, "downwardAPI"], report);
    paths.claim(downward);
    if (isSet(source["serviceAccountToken"]))
      validateToken(objectOf(source["serviceAccountToken"]), at, path, report);
    if (kinds.length > 1)
      report.forbidden(
        at,
        "may not specify more than 1 volume type per source",
      );
  });
}

function validateToken(
  token: JsonObject,
  at: FieldPath,
  volume: FieldPath,
  report: Report,
): void {
  const { expirationSeconds, path } = token;
  if (
    typeof expirationSeconds === "number" &&
    expirationSeconds < TOKEN_LEAST_SECONDS
  )
    report.invalid(
      [...at, "serviceAccountToken", "expirationSeconds"],
      expirationSeconds,
      "may not specify a duration less than 10 minutes",
    );
  if (!path) report.required([...volume, "path"]);
  else localPath(stringOf(path), [...volume, "path"], report);
}

const DRIVER_NAME_MAX = 63;

function validateCsi(body: JsonObject, path: FieldPath, report: Report): void {
  const driver = stringOf(body["driver"]);
  const at = [...path, "driver"];
  if (driver === "") report.required(at);
  else {
    if (driver.length > DRIVER_NAME_MAX) report.tooLong(at, DRIVER_NAME_MAX);
    const problems = subdomainProblems(driver.toLowerCase());
    report.eachInvalid(at, driver, problems);
  }
  const ref = body["nodePublishSecretRef"];
  if (isSet(ref) && !objectOf(ref)["name"])
    report.required([...path, "nodePublishSecretRef", "name"]);
}

/**
 * Which container carries Reloader's mark: the one that uses the changed object.
 *
 * Source: stakater/Reloader v1.4.21 internal/pkg/handler/upgrade.go (getContainerUsingResource); reloader.md 1.6
 */
import type { JsonObject } from "../../../kernel/json.ts";
import {
  listOf,
  objectOf,
  stringOf,
} from "../../api-server/validation/reading.ts";
import type { ResourceType } from "./options.ts";

type Container = JsonObject;

export interface Used {
  readonly type: ResourceType;
  readonly name: string;
  /** Whether a pod that does not refer to the object has no such container. */
  readonly autoReload: boolean;
}

/** Index into the template's containers; null: none, nothing is reloaded. */
export function containerFor(template: JsonObject, used: Used): number | null {
  const spec = objectOf(template["spec"]);
  const containers = listOf(spec["containers"]);
  const init = listOf(spec["initContainers"]);
  const first = containers.length > 0 ? 0 : null;
  const among = (uses: (container: Container) => boolean): number | null => {
    const index = containers.findIndex(uses);
    if (index >= 0) return index;
    // The mark goes where it lasts.
    return init.some(uses) ? first : null;
  };
  const volume = volumeOf(listOf(spec["volumes"]), used);
  const mounting = volume === "" ? null : among((each) => mounts(each, volume));
  return (
    mounting ??
    among((each) => refers(each, used)) ??
    (used.autoReload ? null : first)
  );
}

/** Name of the first volume that holds the object. */
function volumeOf(volumes: readonly JsonObject[], used: Used): string {
  const found = volumes.find((volume) => holds(volume, used));
  return stringOf(found?.["name"]);
}

function holds(volume: JsonObject, { type, name }: Used): boolean {
  const sources = listOf(objectOf(volume["projected"])["sources"]);
  switch (type) {
    case "SECRET":
      return (
        objectOf(volume["secret"])["secretName"] === name ||
        sources.some((source) => objectOf(source["secret"])["name"] === name)
      );
    case "CONFIGMAP":
      return (
        objectOf(volume["configMap"])["name"] === name ||
        sources.some((source) => objectOf(source["configMap"])["name"] === name)
      );
    case "SECRETPROVIDERCLASS": {
      const csi = objectOf(volume["csi"]);
      return objectOf(csi["volumeAttributes"])["secretProviderClass"] === name;
    }
  }
}

function mounts(container: Container, volume: string): boolean {
  return listOf(container["volumeMounts"]).some(
    (mount) => mount["name"] === volume,
  );
}

const KEY_REFS = { SECRET: "secretKeyRef", CONFIGMAP: "configMapKeyRef" };
const FROM_REFS = { SECRET: "secretRef", CONFIGMAP: "configMapRef" };

function refers(container: Container, { type, name }: Used): boolean {
  if (type === "SECRETPROVIDERCLASS") return false;
  return (
    listOf(container["env"]).some(
      (variable) =>
        objectOf(objectOf(variable["valueFrom"])[KEY_REFS[type]])["name"] ===
        name,
    ) ||
    listOf(container["envFrom"]).some(
      (source) => objectOf(source[FROM_REFS[type]])["name"] === name,
    )
  );
}

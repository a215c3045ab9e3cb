/**
 * The `objects` parameter: a YAML mapping whose `array` lists YAML texts of one object each (csi-driver.md 4.3, 4.4
 * steps 8 and 9, 3.2). An object is decoded and checked before the next one is. Pure.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go`, `pkg/provider/validate.go`,
 * `pkg/provider/types/{types,parameters}.go` at v1.8.2.
 */
import type { YamlNode } from "../../../kernel/yaml.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";
import type { GoDecoder } from "./go-yaml.ts";
import { unmarshalGo } from "./go-yaml.ts";
import type { ProviderTraits } from "./traits.ts";

/** One entry of `array`, trimmed; empty where it was not given. */
export interface KeyVaultObject {
  readonly objectName: string;
  readonly objectAlias: string;
  /** Empty: the newest. */
  readonly objectVersion: string;
  /** Up to 1: a single file. */
  readonly objectVersionHistory: number;
  readonly objectType: string;
  readonly objectFormat: string;
  readonly objectEncoding: string;
  readonly filePermission: string;
}

/** Reads and checks the whole text, trimmed; an empty array is no error. */
export function parseObjects(
  text: string,
  traits: ProviderTraits,
): Checked<readonly KeyVaultObject[]> {
  const trimmed = text.trim();
  if (trimmed === "") return refused("objects is not set");
  const array = unmarshalGo(trimmed, decodeArray, []);
  if (!array.ok)
    return refused(`failed to yaml unmarshal objects, error: ${array.message}`);
  const objects: KeyVaultObject[] = [];
  for (const [index, item] of array.value.entries()) {
    const decoded = unmarshalGo(item, decodeObject, NO_OBJECT);
    if (!decoded.ok)
      return refused(
        `unmarshal failed for keyVaultObjects at index ${index}, error: ${decoded.message}`,
      );
    const object = traits.versionHistory
      ? decoded.value
      : { ...decoded.value, objectVersionHistory: 0 };
    const problem = validate(object);
    if (problem !== null) return refused(objectError(object, problem));
    objects.push(object);
  }
  return checked(objects);
}

/** The prefix of every error that concerns one object; `version` is the one asked for. */
export function objectError(
  object: KeyVaultObject,
  message: string,
  version = object.objectVersion,
): string {
  const { objectType, objectName } = object;
  return `failed to get objectType:${objectType}, objectName:${objectName}, objectVersion:${version}: ${message}`;
}

/** The alias if there is one, else the name. */
export const fileName = (object: KeyVaultObject): string =>
  object.objectAlias === "" ? object.objectName : object.objectAlias;

const OCTAL = /^[-+]?[0-7]+$/;

/**
 * The mode of an object's file: `permission` unless it names one, 0 when that is no octal number of 32 bits.
 * Only the nine permission bits are kept, as when the driver changes the file's mode.
 */
export function fileMode(object: KeyVaultObject, permission: number): number {
  const { filePermission } = object;
  if (filePermission === "") return permission;
  if (!OCTAL.test(filePermission)) return 0;
  const mode = parseInt(filePermission, 8);
  return mode >= -(2 ** 31) && mode < 2 ** 31 ? mode & 0o777 : 0;
}

function decodeArray(node: YamlNode, decoder: GoDecoder): string[] {
  const array = decoder.struct(node, "types.StringArray")?.get("array");
  return array === undefined ? [] : decoder.strings(array);
}

const NO_OBJECT: KeyVaultObject = {
  objectName: "",
  objectAlias: "",
  objectVersion: "",
  objectVersionHistory: 0,
  objectType: "",
  objectFormat: "",
  objectEncoding: "",
  filePermission: "",
};

/** In the order of the text, which is the order of its errors. */
function decodeObject(node: YamlNode, decoder: GoDecoder): KeyVaultObject {
  const object: { -readonly [Key in keyof KeyVaultObject]: string | number } = {
    ...NO_OBJECT,
  };
  for (const [key, value] of decoder.struct(node, "types.KeyVaultObject") ?? [])
    if (key === "objectVersionHistory") object[key] = decoder.int32(value);
    else if (Object.hasOwn(NO_OBJECT, key))
      object[key as keyof KeyVaultObject] = decoder.string(value).trim();
  return object as KeyVaultObject;
}

function validate(object: KeyVaultObject): string | null {
  return (
    validateFormat(object) ??
    validateEncoding(object) ??
    validateFileName(object)
  );
}

function validateFormat({ objectFormat, objectType }: KeyVaultObject) {
  if (objectFormat === "") return null;
  if (!["pem", "pfx"].includes(objectFormat.toLowerCase()))
    return `invalid objectFormat: ${objectFormat}, should be PEM or PFX`;
  // Upstream compares letter by letter here, so `PFX` passes.
  return objectFormat === "pfx" && objectType !== "secret"
    ? "PFX format only supported for objectType: secret"
    : null;
}

function validateEncoding({ objectEncoding, objectType }: KeyVaultObject) {
  if (objectEncoding === "") return null;
  if (objectType !== "secret")
    return "objectEncoding only supported for objectType: secret";
  return ["hex", "base64", "utf-8"].includes(objectEncoding.toLowerCase())
    ? null
    : `invalid objectEncoding: ${objectEncoding}, should be hex, base64 or utf-8`;
}

function validateFileName(object: KeyVaultObject): string | null {
  const name = fileName(object);
  if (name === "") return "file name must not be empty";
  if (name.startsWith("/")) return "file name must be a relative path";
  return name.includes("..") ? "file name must not contain '..'" : null;
}

/**
 * The strict decoder: reads an object against its shape and reports what does not fit, in Go's words for built-in kinds
 * and in JSON schema's for custom resources.
 * Source: sigs.k8s.io/json and sigs.k8s.io/yaml as kubernetes v1.32 uses them (error texts); kube-openapi
 * pkg/validation (custom resources). `null` is an unset field, as in Go.
 *
 * Differs: Every undecodable field of a manifest is reported, where Kubernetes stops at the first.
 */
import { Base64Error, base64ToBytes } from "../../../kernel/bytes.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { parseInstant } from "../../../kernel/time.ts";
import { nearestName } from "../../../kernel/nearest-name.ts";
import { QUANTITY_TEXT, isQuantity } from "./quantity.ts";
import type { PathSegment, Report } from "./report.ts";
import { pathText } from "./report.ts";
import type { Fields, Scalar, Shape, ShapeTable } from "./shape.ts";

export interface DecodeOptions {
  /** Where in the manifest the object stands. */
  readonly at?: readonly PathSegment[];
  /** Whether a CRD's schema judges types outside `metadata`, rather than Go's decoder. */
  readonly custom?: boolean;
  /** An earlier form that is known to be well-formed: what is the same in both is not read again. */
  readonly known?: JsonObject;
}

/** Reports every part of `object` that cannot be decoded as the struct, and every field that the struct lacks. */
export function decode(
  table: ShapeTable,
  struct: string,
  object: JsonObject,
  report: Report,
  options: DecodeOptions = {},
): void {
  new Decoder(table, report, options).struct(struct, object, options.known);
}

/** The path is a stack that is copied only when there is something to report. */
class Decoder {
  readonly #table: ShapeTable;
  readonly #report: Report;
  readonly #path: PathSegment[];
  readonly #custom: boolean;
  #struct = "";

  constructor(table: ShapeTable, report: Report, options: DecodeOptions) {
    this.#table = table;
    this.#report = report;
    this.#path = [...(options.at ?? [])];
    this.#custom = options.custom ?? false;
  }

  struct(name: string, object: JsonObject, known?: JsonObject): void {
    const fields = this.#table.get(name)!;
    const outer = this.#struct;
    for (const key in object) {
      const value = object[key]!;
      const before = known?.[key];
      if (before !== undefined && value === before) continue;
      const shape = fields.get(key);
      this.#path.push(key);
      this.#struct = name;
      if (shape === undefined) this.#unknown(key, fields);
      else if (value !== null) this.#value(shape, value, before);
      this.#path.pop();
    }
    this.#struct = outer;
  }

  #value(shape: Shape, value: JsonValue, known?: JsonValue): void {
    if (shape.is === "scalar") return this.#scalar(shape.scalar, value);
    if (shape.is === "list") {
      if (!Array.isArray(value)) return this.#mismatch(value, goType(shape));
      value.forEach((item: JsonValue, i) => {
        if (item !== null) this.#inside(i, shape.of, item);
      });
    } else if (!isJsonObject(value)) {
      this.#mismatch(value, goType(shape));
    } else if (shape.is === "struct") {
      this.struct(shape.name, value, isJsonObject(known) ? known : undefined);
    } else {
      for (const key in value)
        if (value[key] !== null) this.#inside({ key }, shape.of, value[key]!);
    }
  }

  #inside(segment: PathSegment, shape: Shape, value: JsonValue): void {
    this.#path.push(segment);
    this.#value(shape, value);
    this.#path.pop();
  }

  #scalar(scalar: Scalar, value: JsonValue): void {
    switch (scalar) {
      case "any":
        return;
      case "str":
      case "bool":
        if (typeof value !== (scalar === "str" ? "string" : "boolean"))
          this.#mismatch(value, goScalar(scalar));
        return;
      case "i32":
      case "i64":
        if (!isInteger(value, scalar))
          this.#mismatch(value, goScalar(scalar), true);
        return;
      case "intstr":
        if (typeof value !== "string" && !isInteger(value, "i32"))
          this.#mismatch(value, goScalar(scalar));
        return;
      case "quantity":
        if (!isQuantity(value)) this.#undecodable(QUANTITY_TEXT);
        return;
      case "time":
        if (typeof value !== "string") this.#mismatch(value, "v1.Time");
        else if (parseInstant(value) === null)
          this.#undecodable(
            `parsing time "${value}" as "2006-01-02T15:04:05Z07:00": cannot parse "${value}" as "2006"`,
          );
        return;
      case "bytes":
        if (typeof value !== "string") this.#mismatch(value, "[]uint8");
        else this.#base64(value);
        return;
    }
  }

  #base64(text: string): void {
    try {
      base64ToBytes(text);
    } catch (error) {
      if (!(error instanceof Base64Error)) throw error;
      this.#undecodable(error.message);
    }
  }

  #unknown(key: string, fields: Fields): void {
    const suggestion = nearestName(key, [...fields.keys()]);
    this.#report.add(
      "strict",
      [...this.#path],
      `unknown field "${pathText(this.#path)}"`,
      suggestion ?? undefined,
    );
  }

  /** `literal`: name the number, as Go does when an integer was wanted. */
  #mismatch(value: JsonValue, type: string, literal = false): void {
    if (this.#custom && this.#path[0] !== "metadata")
      return this.#schemaMismatch(value, type);
    const field = this.#path
      .filter((segment) => typeof segment === "string")
      .join(".");
    const got =
      literal && typeof value === "number"
        ? `number ${value}`
        : jsonType(value);
    this.#undecodable(
      `json: cannot unmarshal ${got} into Go struct field ${this.#struct}.${field} of type ${type}`,
    );
  }

  #schemaMismatch(value: JsonValue, type: string): void {
    const field = pathText(
      this.#path.map((s) => (typeof s === "object" ? s.key : s)),
    );
    const got = schemaType(value);
    this.#report.add(
      "invalid",
      [...this.#path],
      `${field}: Invalid value: "${got}": ${field} in body must be of type ${wantedType(type)}: "${got}"`,
    );
  }

  #undecodable(message: string): void {
    this.#report.add("decode", [...this.#path], message);
  }
}

const INT32 = 2 ** 31;

function isInteger(value: JsonValue, bits: "i32" | "i64"): boolean {
  if (typeof value !== "number" || !Number.isInteger(value)) return false;
  return bits === "i64"
    ? Number.isSafeInteger(value)
    : value >= -INT32 && value < INT32;
}

function jsonType(value: JsonValue): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

/** JSON schema's name for the type of a value. */
function schemaType(value: JsonValue): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number")
    return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** JSON schema's name for a Go type that occurs in a custom resource. */
function wantedType(type: string): string {
  if (type.startsWith("[]")) return "array";
  if (type.startsWith("map[") || type.startsWith("v1.")) return "object";
  return type === "bool" ? "boolean" : type;
}

function goScalar(scalar: Scalar): string {
  switch (scalar) {
    case "str":
      return "string";
    case "i32":
      return "int32";
    case "i64":
      return "int64";
    case "intstr":
      return "intstr.IntOrString";
    case "quantity":
      return "resource.Quantity";
    case "time":
      return "v1.Time";
    case "bytes":
      return "[]uint8";
    case "any":
    case "bool":
      return scalar;
  }
}

function goType(shape: Shape): string {
  switch (shape.is) {
    case "scalar":
      return goScalar(shape.scalar);
    case "list":
      return `[]${goType(shape.of)}`;
    case "map":
      return `map[string]${goType(shape.of)}`;
    case "struct":
      return `v1.${shape.name}`;
  }
}

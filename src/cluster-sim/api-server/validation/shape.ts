/**
 * A small language for the shapes of API objects.
 *
 * A table is text, one struct after another: `KeyToPath: key str, mode i32, path str;`. Types are `str`, `bool`, `i32`,
 * `i64`, `quantity`, `intstr`, `time`, `bytes` (base64), `any`, a struct's name, `[type]` for a list, `{type}` for a map.
 * Names are those of the Go types, since decoding errors print them.
 */
import { InvariantViolation } from "../../../kernel/errors.ts";

export type Scalar =
  | "str"
  | "bool"
  | "i32"
  | "i64"
  | "quantity"
  | "intstr"
  | "time"
  | "bytes"
  | "any";

export type Shape =
  | { readonly is: "scalar"; readonly scalar: Scalar }
  | { readonly is: "list" | "map"; readonly of: Shape }
  | { readonly is: "struct"; readonly name: string };

export type Fields = ReadonlyMap<string, Shape>;
export type ShapeTable = ReadonlyMap<string, Fields>;

const SCALARS: ReadonlySet<string> = new Set([
  "str",
  "bool",
  "i32",
  "i64",
  "quantity",
  "intstr",
  "time",
  "bytes",
  "any",
]);

function parseShape(text: string): Shape {
  const inner = text.slice(1, -1);
  if (text.startsWith("[")) return { is: "list", of: parseShape(inner) };
  if (text.startsWith("{")) return { is: "map", of: parseShape(inner) };
  if (SCALARS.has(text)) return { is: "scalar", scalar: text as Scalar };
  return { is: "struct", name: text };
}

/** Reads tables; later ones may refer to earlier ones. Throws on a struct that no table defines. */
export function shapeTable(...tables: readonly string[]): ShapeTable {
  const structs = new Map<string, Fields>();
  for (const statement of tables.join("").split(";")) {
    const text = statement.trim();
    if (text === "") continue;
    const colon = text.indexOf(":");
    const fields = text
      .slice(colon + 1)
      .split(",")
      .map((field) => field.trim().split(/\s+/))
      .filter(([name]) => name !== "")
      .map(([name, type]) => [name!, parseShape(type!)] as const);
    structs.set(text.slice(0, colon).trim(), new Map(fields));
  }
  for (const fields of structs.values())
    for (const shape of fields.values()) requireDefined(shape, structs);
  return structs;
}

function requireDefined(shape: Shape, structs: ShapeTable): void {
  if (shape.is === "list" || shape.is === "map")
    requireDefined(shape.of, structs);
  else if (shape.is === "struct" && !structs.has(shape.name))
    throw new InvariantViolation(
      "ShapeUndefined",
      `Failed to read a shape table: ${shape.name} is not defined`,
    );
}

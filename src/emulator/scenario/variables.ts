/** Variables in manifests: `${name}` as GNU envsubst replaces it, bare `$name` only where nobody means a shell's. */
import type { Path } from "../profiles/input/yaml-document.ts";

export type Variables = ReadonlyMap<string, string>;

export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const REFERENCE =
  /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g;

export interface Substituted {
  readonly text: string;
  /** References without a value, as they are written: `${name}`. They stay in `text`. */
  readonly unset: readonly {
    readonly name: string;
    readonly written: string;
  }[];
}

/**
 * `$$` becomes a dollar sign; `${name}` and, with `bare`, `$name` their values. What is no reference to envsubst
 * (`${name:-x}`, `$(cmd)`, `$1`) stays.
 */
export function substitute(
  text: string,
  variables: Variables,
  bare: boolean,
): Substituted {
  if (!text.includes("$")) return { text, unset: [] };
  const unset: { name: string; written: string }[] = [];
  const replaced = text.replace(
    REFERENCE,
    (written: string, braced?: string, plain?: string) => {
      if (written === "$$") return "$";
      if (plain !== undefined && !bare) return written;
      const name = (braced ?? plain)!;
      const value = variables.get(name);
      if (value === undefined) unset.push({ name, written });
      return value ?? written;
    },
  );
  return { text: replaced, unset };
}

const IDENTITY_ANNOTATIONS = [
  "azure.workload.identity/client-id",
  "azure.workload.identity/tenant-id",
];

/** Whether bare `$name` is replaced at `path` of an object: parameters of a SecretProviderClass, identity fields. */
export function allowsBareNames(kind: string | null, path: Path): boolean {
  if (
    kind === "SecretProviderClass" &&
    path[0] === "spec" &&
    path[1] === "parameters"
  )
    return true;
  const [parent, key] = path.slice(-2);
  if (parent === "spec")
    return key === "serviceAccountName" || key === "serviceAccount";
  return parent === "annotations" && IDENTITY_ANNOTATIONS.includes(String(key));
}

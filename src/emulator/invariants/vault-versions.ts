/** The versions that a vault has made, in the order it made them. Models no real component: it reads facts. */
import type { EpochMs } from "../../kernel/time.ts";
import type { AnyFact } from "../trace/facts.ts";

/** By version id. One entry a version that was ever set: it grows with commands, not with time. */
export type VaultVersions = Map<
  string,
  {
    /** The fact that made it: what orders versions, also of a name that was purged and set again. */
    readonly seq: number;
    readonly t: EpochMs;
    readonly object: string;
    readonly ordinal: number;
  }
>;

export function rememberVersion(
  versions: VaultVersions,
  { seq, t, data }: Extract<AnyFact, { type: "vault.secret.set" }>,
): void {
  const { vault, name, version, ordinal } = data;
  const object = `${vault}/secrets/${name}`;
  versions.set(version, { seq, t, object, ordinal });
}

/** Whether bytes came out of a vault: `kvdemo/secrets/secret1`. A literal is `default/secret/app/password`. */
export function isFromVault(object: string): boolean {
  const [, collection, name, more] = object.split("/");
  return collection === "secrets" && name !== undefined && more === undefined;
}

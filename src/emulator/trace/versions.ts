/**
 * The versions of each vault object in the order the vault made them: which one a step set, and which of two is newer.
 * Order goes by the facts that made them, so that a name that was purged and set again goes on instead of restarting.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { Fact } from "../../kernel/trace.ts";
import type { FactIndex, FactNamed } from "./fact-index.ts";

export type SecretSet = FactNamed<"vault.secret.set">;
/** A new version of a secret, key or certificate. A certificate's three have the same id. */
export type VersionSet = SecretSet | FactNamed<"vault.key.set">;

const COLLECTIONS = {
  "vault.secret.set": "secrets",
  "vault.key.set": "keys",
  "vault.certificate.set": "certificates",
} as const;
const SETS = Object.keys(COLLECTIONS) as (keyof typeof COLLECTIONS)[];

/** Which bytes a sink holds: what facts say about content. The key of the value book. */
export interface SinkVersion {
  /** `kvdemo/secrets/secret1`, or `default/secret/app/password` for a literal. */
  readonly object: string;
  readonly version: string;
  readonly ordinal: number;
  readonly form: string;
  /** The API object that a kubelet read it from, `Secret/app-secret`; absent where none was read or nobody tells. */
  readonly source?: string;
  /** Its resourceVersion at that read. */
  readonly resourceVersion?: string;
}

/** The bytes behind a version, or null where nobody holds them any more. */
export type RevealBytes = (version: SinkVersion) => Uint8Array | null;

/** `kvdemo/secrets/secret1` of a set. */
export function objectOf(set: VersionSet): string {
  return `${set.data.vault}/${COLLECTIONS[set.type]}/${set.data.name}`;
}

/** `v2 of kvdemo/secrets/secret1`. */
export function formatVersion(version: {
  readonly object: string;
  readonly ordinal: number;
}): string {
  return `v${version.ordinal} of ${version.object}`;
}

/** Every version of an object, oldest first. */
export function versionsOf(index: FactIndex, object: string): VersionSet[] {
  const collection = object.split("/")[1];
  return SETS.filter((type) => COLLECTIONS[type] === collection)
    .flatMap((type): readonly VersionSet[] => index.ofType(type))
    .filter((set) => objectOf(set) === object);
}

/** Every version of every vault object, in the order the vaults made them. */
export function allSets(index: FactIndex): VersionSet[] {
  return SETS.flatMap((type): readonly VersionSet[] => index.ofType(type)).sort(
    (a, b) => a.seq - b.seq,
  );
}

/** As `allSets`, without the key and the secret that came with a certificate: what people say was set. */
export function leadingSets(index: FactIndex): VersionSet[] {
  return allSets(index).filter((set) => !cameWithCertificate(index, set));
}

/** Whether a version of a key or secret is one of the three of a certificate. */
export function cameWithCertificate(
  index: Pick<FactIndex, "get">,
  set: VersionSet,
): boolean {
  return set.causes.some((cause) => {
    const fact = typeof cause === "number" ? index.get(cause) : null;
    return fact?.type === "vault.certificate.set";
  });
}

/** The vault's newest version of an object after everything that happened at `t`. */
export function newestAt(
  index: FactIndex,
  object: string,
  t: EpochMs,
): VersionSet | null {
  return versionsOf(index, object).findLast((set) => set.t <= t) ?? null;
}

/** The command of a step; null when the run never came to it. */
export function commandOf(
  index: FactIndex,
  step: string,
): FactNamed<"command"> | null {
  return index.ofType("command").find((fact) => fact.data.id === step) ?? null;
}

/** The versions that a step set: one, or of a certificate three. */
export function setsByStep(index: FactIndex, step: string): VersionSet[] {
  const command = commandOf(index, step);
  if (command === null) return [];
  return allSets(index).filter((set) => commandBehind(index, set) === command);
}

/** The step id of the command that set a version; empty when it had none. */
export function stepOf(index: FactIndex, set: VersionSet): string {
  return commandBehind(index, set)?.data.id ?? "";
}

/** The command that set a version; null for a version without one. */
export function commandBehind(
  index: FactIndex,
  set: VersionSet,
): FactNamed<"command"> | null {
  for (const cause of set.causes) {
    const fact: Fact | null =
      typeof cause === "number" ? index.get(cause) : null;
    if (fact?.type === "command") return fact as FactNamed<"command">;
  }
  return null;
}

/** Whether `held` is the version of `set` or, unless `exactly`, a newer one of the same object. */
export function isVersion(
  index: FactIndex,
  set: VersionSet,
  held: SinkVersion | null,
  exactly = false,
): boolean {
  if (held === null || held.object !== objectOf(set)) return false;
  if (held.version === set.data.version) return true;
  if (exactly) return false;
  const own = versionsOf(index, held.object).find(
    (other) => other.data.version === held.version,
  );
  return own === undefined
    ? held.ordinal > set.data.ordinal
    : own.seq > set.seq;
}

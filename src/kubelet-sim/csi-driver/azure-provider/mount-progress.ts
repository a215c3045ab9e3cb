/**
 * A mount between its checks and its answer, as the provider's state keeps it, and the errors it can end with.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` at v1.8.2 and v1.4.1.
 */
import type { TokenClaims, VaultError } from "../../../cluster-sim/ports.ts";
import { InvariantViolation } from "../../../kernel/errors.ts";
import type { ReplyTo } from "../../../kernel/port.ts";
import type { Fetch } from "./history.ts";
import { collectionOf, isList } from "./history.ts";
import type { MountRequest, MountedFile, ObjectVersion } from "./mount.ts";
import type { MountPlan } from "./mount-plan.ts";
import { clientError } from "./mount-plan.ts";
import { objectError } from "./objects.ts";
import { sdkErrorText } from "./sdk-error.ts";
import type { Collection, ProviderTraits } from "./traits.ts";

/** An SDK client: one for each collection, or autorest's only one. */
export type SdkClient = Collection | "vault";

/** A sign-in under way. */
export interface SignIn {
  readonly resource: string;
  /** Index of the call in `signInCalls`. */
  call: number;
  /** Tries of that call so far. */
  tries: number;
  /** Handle of the queued end of its patience, or 0. */
  patience: number;
}

/** Plain data. */
export interface MountProgress {
  readonly id: number;
  readonly replyTo: ReplyTo;
  /** The provider version and flags that the mount started with. */
  readonly version: string;
  readonly constructPemChain: boolean;
  readonly separateFiles: boolean;
  readonly plan: MountPlan;
  readonly permission: number;
  readonly owner: string;
  /** Whether the caller gives up some time, which Go's libraries look at. */
  readonly hasDeadline: boolean;
  /** What is left begins at `next`; a list of versions puts its gets in its place. */
  fetches: readonly Fetch[];
  next: number;
  /** Tries of the current request so far; 0 before the first. */
  tries: number;
  /** Whether the current try has met a challenge. */
  challenged: boolean;
  /** Counts requests to the vault and token endpoints: an answer to an earlier one is nobody's. */
  asked: number;
  /** Handle of the queued retry, or 0. */
  retry: number;
  signIn: SignIn | null;
  /** Counts the starts and ends of patience with a sign-in. */
  turn: number;
  /** The error that stands after the wait that the queued retry ends; null: it tries again. */
  verdict: string | null;
  /** By resource: the tokens of the mount's credential. */
  readonly tokens: Map<string, TokenClaims>;
  /** The token that each SDK client sends; autorest's three are one. */
  readonly clients: { [client in SdkClient]: TokenClaims | null };
  /** What the answer will say: lists without doubles, in order of first fetch. */
  readonly versions: ObjectVersion[];
  readonly files: MountedFile[];
}

export function startProgress(
  id: number,
  request: MountRequest,
  plan: MountPlan,
  rest: Pick<
    MountProgress,
    | "replyTo"
    | "version"
    | "constructPemChain"
    | "separateFiles"
    | "hasDeadline"
  >,
): MountProgress {
  // Not spread: that many fields by a spread make an object many times slower.
  return {
    id,
    replyTo: rest.replyTo,
    version: rest.version,
    constructPemChain: rest.constructPemChain,
    separateFiles: rest.separateFiles,
    hasDeadline: rest.hasDeadline,
    plan,
    permission: request.permission,
    owner: `${request.lineage ?? plan.pod ?? "-"}/${plan.secretProviderClass}`,
    fetches: plan.fetches,
    next: 0,
    tries: 0,
    challenged: false,
    asked: 0,
    retry: 0,
    signIn: null,
    turn: 0,
    verdict: null,
    tokens: new Map(),
    clients: { vault: null, secrets: null, keys: null, certificates: null },
    versions: [],
    files: [],
  };
}

/** The version of an object id; the later of two stays in the place of the first. */
export function putVersion(
  { versions }: MountProgress,
  id: string,
  version: string,
): void {
  const at = versions.findIndex((known) => known.id === id);
  versions[at < 0 ? versions.length : at] = { id, version };
}

/** A file by its path; the later of two stays in the place of the first. */
export function putFile({ files }: MountProgress, file: MountedFile): void {
  const at = files.findIndex(({ path }) => path === file.path);
  files[at < 0 ? files.length : at] = file;
}

/** The call that is under way. */
export function currentFetch(progress: MountProgress): Fetch {
  const fetch = progress.fetches[progress.next];
  if (fetch === undefined)
    throw new InvariantViolation(
      "NothingToFetch",
      `Failed to go on with a mount of ${progress.owner}: everything is fetched`,
    );
  return fetch;
}

/** The key of `clients` for a call. */
export function clientOf(fetch: Fetch, { sdk }: ProviderTraits): SdkClient {
  return sdk === "autorest" ? "vault" : collectionOf(fetch);
}

/** Why an object is not even asked for. */
export function refusal({ object }: Fetch): string | null {
  const { objectType, objectName } = object;
  if (!["secret", "key", "cert"].includes(objectType))
    return "Invalid vaultObjectTypes. Should be secret, key, or cert";
  return objectName === "" ? "parameter name cannot be empty" : null;
}

/** No token for the client that a provider before 1.5.0 makes before everything else. */
export function clientTokenError(
  { plan }: MountProgress,
  message: string,
  traits: ProviderTraits,
): string {
  const acquiring =
    plan.identity.mode === "workloadIdentity"
      ? "failed to acquire token: "
      : "";
  return clientError(acquiring + message, traits);
}

/** A request failed for good. */
export function requestError(
  progress: MountProgress,
  error: VaultError,
  traits: ProviderTraits,
): string {
  const fetch = currentFetch(progress);
  const text = sdkErrorText(progress.plan.host, fetch, error, traits);
  return fetchError(fetch, text, traits);
}

/** Upstream does not name the object where a list of versions failed, since 1.5.0. */
export function fetchError(
  fetch: Fetch,
  message: string,
  traits: ProviderTraits,
): string {
  const bare = isList(fetch) && traits.sdk === "azsecrets";
  return bare ? message : objectError(fetch.object, message, fetch.version);
}

/** A provider lists versions of an object, never the vault's secrets. */
export function notAskedFor(owner: string): InvariantViolation {
  return new InvariantViolation(
    "NotAskedFor",
    `Failed to go on with a mount of ${owner}: the vault answered with its list of secrets`,
  );
}

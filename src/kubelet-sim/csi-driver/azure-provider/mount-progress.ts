/**
 * A mount between its checks and its answer, as the provider's state keeps it, and the errors it can end with.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` at v1.8.2 and v1.4.1.
 */
import type {
  TokenClaims,
  VaultCaller,
  VaultError,
} from "../../../cluster-sim/ports.ts";
import { InvariantViolation } from "../../../kernel/errors.ts";
import type { ReplyTo } from "../../../kernel/port.ts";
import type { Fetch } from "./history.ts";
import type { MountRequest, MountedFile } from "./mount.ts";
import type { MountPlan } from "./mount-plan.ts";
import { clientError } from "./mount-plan.ts";
import { objectError } from "./objects.ts";
import { sdkErrorText } from "./sdk-error.ts";
import type { ProviderTraits } from "./traits.ts";

/** Plain data. */
export interface MountProgress {
  readonly replyTo: ReplyTo;
  /** The provider version that the mount started with. */
  readonly version: string;
  readonly plan: MountPlan;
  readonly permission: number;
  readonly owner: string;
  readonly caller: VaultCaller;
  /** What is left begins at `next`; a list of versions puts its gets in its place. */
  fetches: readonly Fetch[];
  next: number;
  /** Tries of the current request so far; 0 before the first. */
  tries: number;
  waitingFor: "vault" | "token" | "retry";
  /** Handle of the queued retry while waiting for it. */
  retry: number;
  token: TokenClaims | null;
  readonly versions: Map<string, string>;
  readonly files: Map<string, MountedFile>;
}

export function startProgress(
  request: MountRequest,
  replyTo: ReplyTo,
  plan: MountPlan,
  version: string,
  caller: VaultCaller,
): MountProgress {
  return {
    replyTo,
    version,
    plan,
    permission: request.permission,
    owner: request.owner ?? `${plan.pod ?? "-"}/${plan.secretProviderClass}`,
    caller,
    fetches: plan.fetches,
    next: 0,
    tries: 0,
    waitingFor: "vault",
    retry: 0,
    token: null,
    versions: new Map(),
    files: new Map(),
  };
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

/** Why an object is not even asked for. */
export function refusal({ object }: Fetch): string | null {
  const { objectType, objectName } = object;
  if (objectType === "key" || objectType === "cert")
    return `objectType ${objectType} is not modelled in this version`;
  if (objectType !== "secret")
    return "Invalid vaultObjectTypes. Should be secret, key, or cert";
  return objectName === "" ? "parameter name cannot be empty" : null;
}

/** The token was refused: asked for with the first request, before 1.5.0 with the client. */
export function tokenError(
  progress: MountProgress,
  message: string,
  traits: ProviderTraits,
): string {
  if (traits.sdk === "autorest") {
    const acquiring =
      progress.plan.identity.mode === "workloadIdentity"
        ? "failed to acquire token: "
        : "";
    return clientError(acquiring + message, traits);
  }
  return fetchError(currentFetch(progress), message, traits);
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
function fetchError(
  fetch: Fetch,
  message: string,
  traits: ProviderTraits,
): string {
  const bare =
    fetch.operation === "SecretListVersions" && traits.sdk === "azsecrets";
  return bare ? message : objectError(fetch.object, message, fetch.version);
}

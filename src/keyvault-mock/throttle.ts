/**
 * The published limits: how many requests a vault, and all vaults of a subscription in a region, take within any 10 s.
 *
 * Four budgets, each with its own window: transactions on secrets, certificates and vaults; SecretSet and certificate
 * imports; operations on keys, by weight; creations of keys, by weight. A request that would exceed a limit is refused
 * before anything else is looked at.
 * Source: learn.microsoft.com key-vault/general/service-limits; Key Vault reference sheet, sections 6.1, 8.1 and 8.2.
 * Simplification: the limits count over a sliding window of 10 s; the shape of the service's window is not documented.
 * Setting: refused requests do not fill the window unless vault.throttledCount says so; the documentation says both.
 * Setting: a 429 has no Retry-After header unless vault.retryAfter gives one; the one recorded answer had none.
 * Simplification: software and HSM keys share one weighted budget, in which an HSM operation costs twice; the page gives their figures apart.
 * Simplification: creating or renewing a certificate counts as the creation of a key, importing one as a SecretSet; the page does not say.
 * Simplification: a challenge (a request without a token) counts like the request that follows it; the page does not say.
 */
import { SECOND_MS } from "../kernel/time.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { KeyKind } from "./key-kind.ts";
import { isHsm } from "./key-kind.ts";
import type { ObjectOperation, RequestLine } from "./operations/catalogue.ts";
import type { SlidingWindow } from "./sliding-window.ts";
import { addWeight, emptyWindow, weightWithin } from "./sliding-window.ts";
import type { KeyVaultState } from "./state.ts";
import { findVersion } from "./vault-object.ts";
import type { Vault } from "./vault.ts";
import { findKey } from "./vault.ts";

export type Budget =
  "transactions" | "secretSets" | "keyOperations" | "keyCreates";

/** What one request takes from which budget. */
export interface Charge {
  readonly budget: Budget;
  readonly weight: number;
}

const TRANSACTION: Charge = { budget: "transactions", weight: 1 };
const SECRET_SET: Charge = { budget: "secretSets", weight: 1 };
const KEY_OPERATION: Charge = { budget: "keyOperations", weight: 1 };

/** How many times as much an operation costs as one on a 2048-bit key: 4,000 to 1,000 and to 500. */
const RSA_WEIGHTS = { 2048: 1, 3072: 4, 4096: 8 } as const;
const HSM_FACTOR = 2;

export function chargeOf(
  vault: Vault,
  line: RequestLine<ObjectOperation>,
): Charge {
  switch (line.operation) {
    case "SecretSet":
    case "CertificateImport":
      return SECRET_SET;
    case "KeyCreate":
    case "CertificateCreate":
    case "CertificateRenew": {
      const hsm = line.keyKind !== undefined && isHsm(line.keyKind);
      return { budget: "keyCreates", weight: hsm ? HSM_FACTOR : 1 };
    }
    case "KeyGet":
    case "KeyListVersions": {
      const key = findKey(vault, line.name!);
      const version = key && findVersion(key, line.version);
      return version === undefined
        ? KEY_OPERATION
        : { budget: "keyOperations", weight: weightOf(version.kind) };
    }
    default:
      return TRANSACTION;
  }
}

function weightOf(kind: KeyKind): number {
  const software = "curve" in kind ? 1 : RSA_WEIGHTS[kind.keySize];
  return isHsm(kind) ? software * HSM_FACTOR : software;
}

function limitOf(budget: Budget, config: KeyVaultConfig): number {
  switch (budget) {
    case "transactions":
    case "keyOperations":
      return config.transactionsPer10s;
    case "secretSets":
      return config.secretSetsPer10s;
    case "keyCreates":
      return config.keyCreatesPer10s;
  }
}

/** Counts a request against the limits; the 429 when it exceeds one, else null. */
export function throttle(
  state: KeyVaultState,
  vault: Vault,
  line: RequestLine<ObjectOperation>,
  config: KeyVaultConfig,
  now: EpochMs,
): KeyVaultError | null {
  if (!config.throttling) return null;
  const { budget, weight } = chargeOf(vault, line);
  const limit = limitOf(budget, config);
  const window = windowOf(vault, budget);
  const fits =
    weightWithin(window, now) + weight <= limit &&
    subscriptionWeight(state, vault, budget, now) + weight <=
      limit * config.subscriptionFactor;
  if (fits || config.throttledCount) addWeight(window, now, weight);
  return fits ? null : throttledError(config);
}

export function throttledError({
  retryAfterMs,
}: KeyVaultConfig): KeyVaultError {
  return keyVaultErrors.throttled(Math.ceil(retryAfterMs / SECOND_MS));
}

function windowOf({ windows }: Vault, budget: Budget): SlidingWindow {
  let window = windows.get(budget);
  if (window === undefined) windows.set(budget, (window = emptyWindow()));
  return window;
}

/** Over all vaults of the vault's subscription and region, itself among them. */
function subscriptionWeight(
  { vaults }: KeyVaultState,
  { subscriptionId, region }: Vault,
  budget: Budget,
  now: EpochMs,
): number {
  let sum = 0;
  for (const vault of vaults.values()) {
    if (vault.subscriptionId !== subscriptionId || vault.region !== region)
      continue;
    const window = vault.windows.get(budget);
    if (window !== undefined) sum += weightWithin(window, now);
  }
  return sum;
}

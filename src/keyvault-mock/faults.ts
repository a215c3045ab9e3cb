/**
 * What breaks at a vault, or on the way to it, until a given time. A fault says which requests it meets and what becomes
 * of them; of several that fit, the newest counts.
 *
 * drop     the connection times out (`DIAL_TIMEOUT_MS`); the vault never sees the request, nor does its log
 * refuse   the connection is refused at once (`REFUSED_MS`); as above
 * slow     the request is served as ever, its answer comes later
 * respond  the given answer instead of the vault's own, in the log like any other: 429 and 5xx before anything is looked
 *          at, others to requests with a valid token, since their texts name the caller
 * Source: Key Vault reference sheet, sections 6.1 and 6.5.
 * Simplification: a fault of a vault meets the operator's commands, too; an operator's dropped request fails at once, where a person would wait 30 s.
 * Simplification: faults meet requests for objects; those to the resource manager (creating a vault, changing its access) always get through.
 */
import { KeyturnError } from "../kernel/errors.ts";
import type { DurationMs, EpochMs } from "../kernel/time.ts";
import type { Cause } from "../kernel/trace.ts";
import { callerString } from "./access-control.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { ObjectOperation, RequestLine } from "./operations/catalogue.ts";
import {
  collectionOf,
  OBJECT_OPERATION_NAMES,
} from "./operations/catalogue.ts";
import type { Client } from "./requester.ts";
import type { KeyVaultState } from "./state.ts";
import { throttledError } from "./throttle.ts";
import type { Vault } from "./vault.ts";
import { keyOf } from "./vault.ts";
import type { KeyVaultConfig } from "./defaults.ts";

/** The same shape as the cluster's ports declare it. */
export type FaultEffect =
  | { readonly kind: "drop" | "refuse" }
  | { readonly kind: "slow"; readonly byMs: DurationMs }
  | {
      readonly kind: "respond";
      readonly status: number;
      /** Default: what the vault sends with that status. */
      readonly code?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    };

export type FaultAnswer = Extract<FaultEffect, { kind: "respond" }>;

export interface VaultFault {
  /** `SecretGet` …, as asked, with a token or without; null: every one. */
  readonly operation: string | null;
  /** Name of a secret, key or certificate, whatever its case; null: every one. */
  readonly object: string | null;
  readonly effect: FaultEffect;
}

export interface OpenFault extends VaultFault {
  /** Key of the vault. */
  readonly vault: string;
  /** The first instant without it. */
  readonly untilMs: EpochMs;
  /** What was behind it: causes of what fails or comes late. */
  readonly causes: readonly Cause[];
}

/** Throws a KeyturnError for a fault that can never fit, or answers success. */
export function checkFault(
  vault: string,
  { operation, effect }: VaultFault,
): void {
  if (operation !== null && !OBJECT_OPERATION_NAMES.includes(operation))
    throw invalidFault(
      vault,
      `${JSON.stringify(operation)} is no operation of the vault; there are ${OBJECT_OPERATION_NAMES.join(", ")}`,
    );
  if (
    effect.kind === "respond" &&
    !(effect.status >= 400 && effect.status < 600)
  )
    throw invalidFault(vault, `${effect.status} is no HTTP status of an error`);
}

function invalidFault(vault: string, reason: string): KeyturnError {
  return new KeyturnError(
    "InvalidFault",
    `Failed to break vault ${vault}: ${reason}`,
  );
}

/** Adds a fault, and forgets those that are over. */
export function openFault(
  state: KeyVaultState,
  fault: OpenFault,
  now: EpochMs,
): void {
  state.faults = [
    ...state.faults.filter(({ untilMs }) => untilMs > now),
    fault,
  ];
}

/** What meets a request that is sent now, or null. */
export function faultOn(
  { faults }: KeyVaultState,
  vault: string,
  operation: string,
  name: string | null,
  now: EpochMs,
): OpenFault | null {
  if (faults.length === 0) return null;
  const key = keyOf(vault);
  for (let i = faults.length - 1; i >= 0; i--) {
    const fault = faults[i]!;
    if (
      fault.untilMs > now &&
      fault.vault === key &&
      (fault.operation === null || fault.operation === operation) &&
      (fault.object === null ||
        (name !== null && keyOf(fault.object) === keyOf(name)))
    )
      return fault;
  }
  return null;
}

/** What a caller gets who reaches nobody; null when the fault lets the request through. */
export function unreachable(fault: OpenFault | null): KeyVaultError | null {
  const kind = fault?.effect.kind;
  if (kind === "drop") return keyVaultErrors.connectionTimedOut();
  if (kind === "refuse") return keyVaultErrors.connectionRefused();
  return null;
}

/** Whether the answer comes before the token is looked at. */
export function comesFirst({ status }: FaultAnswer): boolean {
  return status === 429 || status >= 500;
}

export function answerOf(
  answer: FaultAnswer,
  vault: Vault,
  line: RequestLine<ObjectOperation>,
  client: Client,
  config: KeyVaultConfig,
): KeyVaultError {
  const { status, code, message, retryAfterSeconds } = answer;
  const usual = usualError(status, vault, line, client, config);
  const { innerCode, ...outer } = usual;
  return {
    ...(code === undefined || code === usual.code ? usual : outer),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function usualError(
  status: number,
  vault: Vault,
  line: RequestLine<ObjectOperation>,
  { token, caller }: Client,
  config: KeyVaultConfig,
): KeyVaultError {
  switch (status) {
    case 400:
      return keyVaultErrors.invalidProperty();
    case 401:
      return keyVaultErrors.missingToken(vault.tenantId);
    case 403: {
      const { name, region } = vault;
      const who = { caller: callerString(token!), vault: name, region };
      return keyVaultErrors.forbiddenByFirewall(caller.ip, who);
    }
    case 404:
      return notFoundError(line);
    case 429:
      return throttledError(config);
    default:
      return keyVaultErrors.serviceError(status);
  }
}

/** The 404 of the object that a request names. */
function notFoundError(line: RequestLine<ObjectOperation>): KeyVaultError {
  const { operation, version } = line;
  const name = line.name ?? "";
  const what = version === null ? name : `${name}/${version}`;
  switch (collectionOf(operation)) {
    case "secrets":
      return keyVaultErrors.secretNotFound(what);
    case "keys":
      return keyVaultErrors.keyNotFound(what);
    case "certificates":
      return keyVaultErrors.certificateNotFound(what);
  }
}

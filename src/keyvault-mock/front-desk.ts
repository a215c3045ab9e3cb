/**
 * What every request goes through, from a simulated client, a real one or the operator: faults, limits, token,
 * permission, operation, and exactly one audit fact at the end, whatever came of it.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/authentication.md; Key Vault reference sheet, sections 6.1 and 7.2.
 */
import type { Simulation } from "../kernel/simulation.ts";
import type { Cause } from "../kernel/trace.ts";
import { authorize } from "./access-control.ts";
import { AuditLog } from "./audit-log.ts";
import { authenticate } from "./authentication.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type { FaultAnswer } from "./faults.ts";
import { answerOf, comesFirst, faultOn, unreachable } from "./faults.ts";
import type {
  ObjectOperation,
  RequestLine,
  VaultOperation,
} from "./operations/catalogue.ts";
import {
  collectionOf,
  permissionOf,
  successStatus,
} from "./operations/catalogue.ts";
import type { Client, Operator, Requester } from "./requester.ts";
import { isOperator, operatorClient } from "./requester.ts";
import type { Outcome, Refusal } from "./requests.ts";
import type { KeyVaultState } from "./state.ts";
import { throttle } from "./throttle.ts";
import type { ObjectVersion, VaultObject } from "./vault-object.ts";
import type { Vault } from "./vault.ts";
import { findObject, keyOf } from "./vault.ts";

/** What operations answer; the audit log asks for the version read or written. */
interface Answer {
  readonly secret?: VaultObject;
  readonly version?: ObjectVersion;
  readonly page?: unknown;
}

/** A request that went through. */
export interface Performed<Result> {
  readonly vault: Vault;
  readonly result: Result;
  /** The request's audit fact. */
  readonly audited: Cause;
  /** Causes of what the request brings about: what made the caller ask, then the request. */
  readonly causes: readonly Cause[];
}

export function refused(error: KeyVaultError): Refusal {
  return { ok: false, error };
}

interface FrontDeskOptions {
  readonly sim: Simulation;
  readonly config: () => KeyVaultConfig;
}

export class FrontDesk {
  readonly #sim: Simulation;
  readonly #config: () => KeyVaultConfig;
  readonly #log: AuditLog;

  constructor({ sim, config }: FrontDeskOptions) {
    this.#sim = sim;
    this.#config = config;
    this.#log = new AuditLog(sim);
  }

  /**
   * Runs `operation` for `from` if it may. A vault that does not exist has no log: nobody is asked and nothing written;
   * nor is it when a fault keeps the request from the vault.
   */
  perform<Result extends Answer>(
    state: KeyVaultState,
    vaultName: string,
    line: RequestLine<ObjectOperation>,
    from: Requester,
    operation: (vault: Vault) => Outcome<Result>,
  ): Outcome<Performed<Result>> {
    const vault = state.vaults.get(keyOf(vaultName));
    if (vault === undefined)
      return refused(keyVaultErrors.dnsNotFound(vaultName));
    const { now, trace } = this.#sim;
    const { operation: asked, name } = line;
    const fault = faultOn(state, vaultName, asked, name, now);
    const lost = unreachable(fault);
    if (lost !== null) return refused(lost);
    const answer = fault?.effect.kind === "respond" ? fault.effect : null;
    const ambient =
      fault === null || answer === null
        ? trace.causes
        : [...trace.causes, ...fault.causes];
    const owner = isOperator(from);
    const client = owner ? operatorClient(vault, from, now) : from;
    const stranger = owner ? null : authenticate(vault, client.token, now);
    const refusal =
      this.#overloaded(state, vault, line, client, answer) ??
      stranger ??
      this.#disturbed(vault, line, client, answer) ??
      (owner ? null : authorize(vault, permissionOf(asked), client.token!));
    const outcome = refusal === null ? operation(vault) : refused(refusal);
    const version = (outcome.ok && outcome.version) || null;
    const audited = this.#log.write(state.counters, {
      vault,
      line,
      name: nameOf(vault, line),
      apiVersion: client.apiVersion,
      authenticated: stranger === null,
      caller: client.caller,
      token: stranger === null ? client.token : null,
      status: successStatus(asked),
      error: outcome.ok ? null : outcome.error,
      version,
      causes: provenance(state, line, version, ambient),
    });
    if (!outcome.ok) return outcome;
    const causes = [...ambient, audited];
    return { ok: true, vault, result: outcome, audited, causes };
  }

  /** Refusals that come before the token is looked at: faults that say so, then the limits. */
  #overloaded(
    state: KeyVaultState,
    vault: Vault,
    line: RequestLine<ObjectOperation>,
    client: Client,
    answer: FaultAnswer | null,
  ): KeyVaultError | null {
    const config = this.#config();
    return answer !== null && comesFirst(answer)
      ? answerOf(answer, vault, line, client, config)
      : throttle(state, vault, line, config, this.#sim.now);
  }

  #disturbed(
    vault: Vault,
    line: RequestLine<ObjectOperation>,
    client: Client,
    answer: FaultAnswer | null,
  ): KeyVaultError | null {
    if (answer === null) return null;
    return answerOf(answer, vault, line, client, this.#config());
  }

  /** Logs what the operator asks of the resource manager about a vault; returns the causes of what it brings about. */
  manage(
    state: KeyVaultState,
    vault: Vault,
    operation: VaultOperation,
    operator: Operator,
    error: KeyVaultError | null,
  ): readonly Cause[] {
    const ambient = this.#sim.trace.causes;
    const client = operatorClient(vault, operator, this.#sim.now);
    const audited = this.#log.write(state.counters, {
      vault,
      line: { operation, name: null, version: null },
      name: null,
      apiVersion: client.apiVersion,
      authenticated: true,
      caller: client.caller,
      token: client.token,
      status: successStatus(operation),
      error,
      version: null,
      causes: ambient,
    });
    return [...ambient, audited];
  }
}

/** The causes of a read begin with the fact that set what was read. */
function provenance(
  { origins }: KeyVaultState,
  { operation }: RequestLine<ObjectOperation>,
  version: ObjectVersion | null,
  ambient: readonly Cause[],
): readonly Cause[] {
  if (version === null) return ambient;
  switch (operation) {
    case "SecretGet":
    case "KeyGet":
    case "CertificateGet": {
      const origin = origins[collectionOf(operation)].get(version.version)!;
      return [origin, ...ambient];
    }
    default:
      return ambient;
  }
}

/** The name as the vault spells it, or as asked for when there is no such object. */
function nameOf(
  vault: Vault,
  { operation, name }: RequestLine<ObjectOperation>,
): string | null {
  if (name === null) return null;
  return findObject(vault, collectionOf(operation), name)?.name ?? name;
}

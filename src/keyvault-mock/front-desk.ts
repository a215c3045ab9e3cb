/**
 * What every request goes through, from a simulated client, a real one or the operator: token, permission, operation,
 * and exactly one audit fact at the end, whatever came of it.
 * Source: MicrosoftDocs/azure-security-docs articles/key-vault/general/authentication.md; Key Vault reference sheet, sections 6.1 and 7.2.
 */
import type { Simulation } from "../kernel/simulation.ts";
import type { Cause } from "../kernel/trace.ts";
import { authorize } from "./access-control.ts";
import { AuditLog } from "./audit-log.ts";
import { authenticate } from "./authentication.ts";
import { keyVaultErrors } from "./errors.ts";
import type { KeyVaultError } from "./errors.ts";
import type {
  RequestLine,
  SecretOperation,
  VaultOperation,
} from "./operations/catalogue.ts";
import { SECRET_OPERATIONS, successStatus } from "./operations/catalogue.ts";
import type { Client, Operator, Requester } from "./requester.ts";
import { isOperator, operatorClient } from "./requester.ts";
import type { Outcome, Refusal } from "./requests.ts";
import type { Secret, SecretVersion } from "./secret.ts";
import type { KeyVaultState } from "./state.ts";
import type { Vault } from "./vault.ts";
import { findSecret, keyOf } from "./vault.ts";

/** What operations answer, as far as the audit log asks: the object, and the version read or written. */
interface Answer {
  readonly secret?: Secret;
  readonly version?: SecretVersion;
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

export class FrontDesk {
  readonly #sim: Simulation;
  readonly #log: AuditLog;

  constructor(sim: Simulation) {
    this.#sim = sim;
    this.#log = new AuditLog(sim);
  }

  /** Runs `operation` for `from` if it may. A vault that does not exist has no log: nobody is asked and nothing written. */
  perform<Result extends Answer>(
    state: KeyVaultState,
    vaultName: string,
    line: RequestLine<SecretOperation>,
    from: Requester,
    operation: (vault: Vault) => Outcome<Result>,
  ): Outcome<Performed<Result>> {
    const vault = state.vaults.get(keyOf(vaultName));
    if (vault === undefined)
      return refused(keyVaultErrors.dnsNotFound(vaultName));
    const { now, trace } = this.#sim;
    const ambient = trace.causes;
    const owner = isOperator(from);
    const client = owner ? operatorClient(vault, from, now) : from;
    const stranger = owner ? null : authenticate(vault, client.token, now);
    const denied =
      owner || stranger !== null ? null : permit(vault, line, client);
    const refusal = stranger ?? denied;
    const outcome = refusal === null ? operation(vault) : refused(refusal);
    const version = (outcome.ok && outcome.version) || null;
    const audited = this.#log.write(state.counters, {
      vault,
      line,
      name: nameOf(vault, line, outcome),
      apiVersion: client.apiVersion,
      authenticated: stranger === null,
      caller: client.caller,
      token: stranger === null ? client.token : null,
      status: successStatus(line.operation),
      error: outcome.ok ? null : outcome.error,
      version,
      causes:
        line.operation === "SecretGet" && version !== null
          ? [state.origins.get(version.version)!, ...ambient]
          : ambient,
    });
    if (!outcome.ok) return outcome;
    const causes = [...ambient, audited];
    return { ok: true, vault, result: outcome, audited, causes };
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

function permit(
  vault: Vault,
  line: RequestLine<SecretOperation>,
  client: Client,
): KeyVaultError | null {
  const { permission } = SECRET_OPERATIONS[line.operation];
  return authorize(vault, permission, client.token!);
}

/** The name as the vault spells it, or as asked for when there is no such object. */
function nameOf(
  vault: Vault,
  { name }: RequestLine,
  outcome: Outcome<Answer>,
): string | null {
  if (name === null) return null;
  const secret =
    outcome.ok && outcome.secret ? outcome.secret : findSecret(vault, name);
  return secret?.name ?? name;
}

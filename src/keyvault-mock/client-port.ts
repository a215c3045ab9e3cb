/**
 * How simulated clients reach the vaults: the port `VaultClient`. A request acts when it is sent; its answer is a later
 * event, after the latency or as a fault has it.
 * Source: Key Vault reference sheet, sections 2 to 4 and 11.
 */
import { KeyturnError } from "../kernel/errors.ts";
import type { ReplyTo } from "../kernel/port.ts";
import { sendReply } from "../kernel/port.ts";
import type { Simulation } from "../kernel/simulation.ts";
import type { DurationMs } from "../kernel/time.ts";
import type { Certificates } from "./certificates.ts";
import type { KeyVaultConfig } from "./defaults.ts";
import { DIAL_TIMEOUT_MS, REFUSED_MS } from "./defaults.ts";
import type { FaultEffect } from "./faults.ts";
import { faultOn } from "./faults.ts";
import type { Keys } from "./keys.ts";
import type { Page } from "./operations/page.ts";
import type {
  ListedSecret,
  Outcome,
  SecretItem,
  VaultReply,
  VaultRequest,
  VersionItem,
} from "./requests.ts";
import type { Secrets } from "./secrets.ts";
import type { KeyVaultState } from "./state.ts";

interface ClientPortOptions {
  readonly sim: Simulation;
  readonly config: () => KeyVaultConfig;
  readonly state: () => KeyVaultState;
  readonly secrets: Secrets;
  readonly keys: Keys;
  readonly certificates: Certificates;
}

export class ClientPort {
  readonly #options: ClientPortOptions;

  constructor(options: ClientPortOptions) {
    this.#options = options;
  }

  /**
   * Throws a KeyturnError for anything but reads, lists of versions and the list of secrets, whose page has 25 of them.
   * Simplification: a simulated client gets all versions of an object in one request and one audit record, where the wire has a page of 25 for each.
   */
  request(request: VaultRequest, replyTo: ReplyTo): void {
    const { sim, state } = this.#options;
    const { trace, now } = sim;
    const { vault, operation, name } = request;
    const fault = faultOn(state(), vault, operation, name, now);
    const reply = this.#read(request);
    const { causes } = trace;
    if (fault !== null && fault.effect.kind !== "respond")
      trace.causes = [...causes, ...fault.causes];
    sendReply(sim, replyTo, this.#delayUnder(fault?.effect ?? null), reply);
    trace.causes = causes;
  }

  #delayUnder(effect: FaultEffect | null): DurationMs {
    const { latencyMs } = this.#options.config();
    switch (effect?.kind) {
      case "drop":
        return DIAL_TIMEOUT_MS;
      case "refuse":
        return REFUSED_MS;
      case "slow":
        return latencyMs + effect.byMs;
      default:
        return latencyMs;
    }
  }

  #read(request: VaultRequest): VaultReply {
    const { secrets, keys, certificates } = this.#options;
    const { operation, vault, name, version } = request;
    switch (operation) {
      case "SecretGet":
        return secrets.get(vault, request, request);
      case "SecretList": {
        const after = version === null ? {} : { after: version };
        return listedSecrets(secrets.list(vault, after, request));
      }
      case "SecretListVersions":
        return listed(secrets.listVersions(vault, name, null, request));
      case "KeyGet":
        return keys.get(vault, name, version, request);
      case "KeyListVersions":
        return listed(keys.listVersions(vault, name, null, request));
      case "CertificateGet":
        return certificates.get(vault, name, version, request);
      case "CertificateListVersions":
        return listed(certificates.listVersions(vault, name, null, request));
      default:
        throw new KeyturnError(
          "NotModelled",
          `Failed to ask vault ${vault} for ${operation} ${name}: simulated clients get secrets, keys and certificates, list their versions and list secrets; nothing else is modelled`,
        );
    }
  }
}

function listedSecrets(
  outcome: Outcome<{ readonly page: Page<SecretItem> }>,
): VaultReply {
  if (!outcome.ok) return outcome;
  const { items, next } = outcome.page;
  return { ok: true, secrets: items.map(listedSecret), next };
}

function listedSecret({ id, attributes }: SecretItem): ListedSecret {
  const { enabled, created, updated } = attributes;
  return {
    name: id.slice(id.lastIndexOf("/") + 1),
    enabled: enabled === true,
    created: created as number,
    updated: updated as number,
  };
}

function listed(
  outcome: Outcome<{ readonly page: Page<VersionItem> }>,
): VaultReply {
  return outcome.ok ? { ok: true, versions: outcome.page.items } : outcome;
}

/**
 * What is wrong with Entra ID and the nodes' token endpoints, or with a node's way to Entra ID, and until when.
 * A node's metadata service and pod identity's component are on the node itself: a broken way to Entra ID does not reach them.
 * Differs: without a code and a message of its own a token endpoint's error answer is `temporarily_unavailable`, whatever its status.
 */
import type {
  FaultEffect,
  Identity,
  TokenError,
  TokenRequest,
} from "../../cluster-sim/ports.ts";
import type { EpochMs } from "../../kernel/time.ts";

/** In force before `until`. */
export interface EntraFault {
  readonly effect: FaultEffect;
  readonly until: EpochMs;
}

/** Keys: a node's name, or empty for Entra ID itself. */
export type EntraFaults = ReadonlyMap<string, EntraFault>;

/** What a request meets now; Entra ID's own trouble goes before the way there. */
export function faultOf(
  faults: EntraFaults,
  { node, identity }: TokenRequest,
  now: EpochMs,
): FaultEffect | null {
  const own = faults.get("");
  if (own !== undefined && now < own.until) return own.effect;
  const way = isRemote(identity) ? faults.get(node) : undefined;
  return way !== undefined && now < way.until ? way.effect : null;
}

const isRemote = ({ mode }: Identity): boolean =>
  mode === "workloadIdentity" || mode === "servicePrincipal";

/** The answer of a fault that answers, else null. */
export function faultAnswer(
  effect: FaultEffect,
  { identity }: TokenRequest,
): TokenError | null {
  switch (effect.kind) {
    case "refuse": {
      const body = `dial tcp ${addressOf(identity)}: connect: connection refused`;
      return { status: 0, body, everywhere: true };
    }
    case "respond": {
      const {
        status,
        code = "temporarily_unavailable",
        message = "The server is temporarily too busy to handle the request.",
        retryAfterSeconds,
      } = effect;
      const body = JSON.stringify({ error: code, error_description: message });
      const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
      return { status, body, everywhere: true, ...wait };
    }
    default:
      return null;
  }
}

function addressOf({ mode }: Identity): string {
  switch (mode) {
    case "vmUserAssigned":
    case "vmSystemAssigned":
      return "169.254.169.254:80";
    case "podIdentity":
      return "127.0.0.1:2579";
    case "identityBinding":
      return "10.0.0.1:443";
    case "workloadIdentity":
    case "servicePrincipal":
      return "20.190.159.64:443";
  }
}

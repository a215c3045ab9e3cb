/** Faults in words, for facts and people. */
import { formatDuration } from "../../kernel/time.ts";
import type { Fault } from "./commands.ts";

/** `vault kvdemo`, `link node-0 -> vault`: what a fault's facts are about. */
export function aboutFault(fault: Fault): string {
  switch (fault.target) {
    case "vault":
      return `vault ${fault.vault}`;
    case "entra":
      return "entra";
    case "link":
      return `link ${fault.node ?? "every node"} -> ${fault.to}`;
    case "provider":
      return `provider ${fault.node ?? "every node"}`;
    case "apiServer":
      return "apiServer";
    case "watch":
      return `watch ${fault.node ?? "every node"}`;
  }
}

/** Vault or node; empty for all. */
export function nameOfFault(fault: Fault): string {
  switch (fault.target) {
    case "vault":
      return fault.vault;
    case "link":
    case "provider":
    case "watch":
      return fault.node ?? "";
    default:
      return "";
  }
}

/** `answers 429 to SecretGet of secret1`, `does not answer`, `is 5s slower`. */
export function effectText(fault: Fault): string {
  if (fault.target === "watch") return "loses its watches";
  const { effect } = fault;
  switch (effect.kind) {
    case "drop":
      return `does not answer${toWhat(fault)}`;
    case "refuse":
      return `refuses connections${toWhat(fault)}`;
    case "slow":
      return `is ${formatDuration(effect.byMs)} slower${toWhat(fault)}`;
    case "respond":
      return `answers ${effect.status}${toWhat(fault)}`;
  }
}

/** Of a vault's fault that is about some requests only. */
function toWhat(fault: Fault): string {
  if (fault.target !== "vault") return "";
  const { operation, object } = fault;
  const to = operation === null ? "" : ` to ${operation}`;
  if (object === null) return to;
  return `${to === "" ? " to requests" : to} for ${object}`;
}

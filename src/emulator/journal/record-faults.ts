/** Commands that look into pods or break something, as steps of a scenario. */
import type { FaultEffect } from "../../cluster-sim/ports.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { formatDuration, SECOND_MS } from "../../kernel/time.ts";
import type { Command, Fault } from "../world/commands.ts";

type Breaking = Extract<
  Command,
  { kind: "exec" | "kill" | "restart" | "fault" }
>;

export function breakingStep(command: Breaking): JsonObject {
  switch (command.kind) {
    case "exec":
      return { exec: { ...placeOf(command), command: command.command } };
    case "kill": {
      const { exitCode } = command;
      return { kill: { ...placeOf(command), exitCode } };
    }
    case "restart": {
      const { what, node, downForMs } = command;
      const down =
        downForMs === null ? {} : { downFor: formatDuration(downForMs) };
      return { restart: { [what]: node, ...down } };
    }
    case "fault": {
      const lasts = { for: formatDuration(command.forMs) };
      return { fault: { ...faultText(command.fault), ...lasts } };
    }
  }
}

/** With its namespace: a journal has none of its own. */
function placeOf({
  namespace,
  pod,
  selector,
  container,
}: Extract<Breaking, { kind: "exec" | "kill" }>): JsonObject {
  // A workload says what it is; a place in the list is no name.
  const word = pod.includes("/") || pod.startsWith("{") ? "" : "pod/";
  return {
    pod: `${namespace}/${word}${pod}`,
    ...(selector === undefined ? {} : { selector }),
    ...(container === null ? {} : { container }),
  };
}

function faultText(fault: Fault): JsonObject {
  switch (fault.target) {
    case "vault": {
      const { vault, operation, object, effect } = fault;
      return {
        vault,
        ...(operation === null ? {} : { operation }),
        ...(object === null ? {} : { object }),
        ...effectText(effect),
      };
    }
    case "link":
      return {
        link: fault.node,
        to: fault.to,
        ...effectText(fault.effect),
      };
    case "provider":
      return { provider: fault.node, ...effectText(fault.effect) };
    case "entra":
    case "apiServer":
      return { [fault.target]: null, ...effectText(fault.effect) };
    case "watch":
      return { watches: fault.node, drop: true };
  }
}

function effectText(effect: FaultEffect): JsonObject {
  switch (effect.kind) {
    case "drop":
    case "refuse":
      return { [effect.kind]: true };
    case "slow":
      return { latency: formatDuration(effect.byMs) };
    case "respond": {
      const { kind: _, retryAfterSeconds, ...answer } = effect;
      const retryAfter =
        retryAfterSeconds === undefined
          ? {}
          : { retryAfter: formatDuration(retryAfterSeconds * SECOND_MS) };
      return { respond: { ...answer, ...retryAfter } };
    }
  }
}

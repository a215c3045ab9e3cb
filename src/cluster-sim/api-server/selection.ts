/** From what a client asks for to what the store can compare. */
import type { Selection } from "../ports.ts";
import { kindInfo } from "./kinds.ts";
import { parseLabelSelector } from "./label-selector.ts";
import { parseFieldSelector } from "./selectors.ts";
import type { Refusal } from "./status.ts";
import { badRequest, noSuchResource } from "./status.ts";
import type { Filter } from "./store.ts";

/** A selection with its selectors parsed, or why it cannot be. */
export function filterOf(selection: Selection): Filter | Refusal {
  const { kind, namespace, labelSelector = "", fieldSelector = "" } = selection;
  const info = kindInfo(kind);
  if (info === null) return noSuchResource();
  const labels = parseLabelSelector(labelSelector);
  if (!labels.ok) return badRequest(labels.message);
  const fields = parseFieldSelector(fieldSelector, info);
  if (!fields.ok) return badRequest(fields.message);
  return {
    namespace: info.namespaced ? (namespace ?? null) : null,
    labels: labels.requirements,
    fields: fields.requirements,
  };
}

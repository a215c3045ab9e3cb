/** What a fixture shows of its facts: the audit log and the metrics. */
import { KeyturnError } from "../kernel/errors.ts";
import type { Fact } from "../kernel/trace.ts";
import { AUDIT_CONFIG, requestIds } from "./audit.ts";
import { didYouMean } from "./profiles/input/nearest-name.ts";
import { AuditLog } from "./views/audit-log.ts";
import type { AuditRecord } from "./views/audit-record.ts";
import type { MetricsEndpoint } from "./views/metrics.ts";
import { Metrics } from "./views/metrics.ts";

/** The records of one vault, in order of time. */
export function auditOf(
  facts: readonly Fact[],
  vault: string,
  seed: number,
): AuditRecord[] {
  const records: AuditRecord[] = [];
  const log = new AuditLog({
    config: AUDIT_CONFIG,
    requestIds: requestIds(seed),
    write: (name, lines) => {
      if (name !== vault) return;
      for (const line of lines.trimEnd().split("\n"))
        records.push(JSON.parse(line) as AuditRecord);
    },
  });
  for (const fact of facts) log.fact(fact);
  log.end();
  return records;
}

/**
 * What an endpoint of a node, or of Reloader in a pod (`namespace/name`), would answer. Throws for a node that is not
 * there, and for a pod that ran no Reloader.
 */
export function metricsOf(
  facts: readonly Fact[],
  nodes: readonly string[],
  where: string,
  endpoint: MetricsEndpoint | "reloader",
): string {
  const metrics = new Metrics();
  for (const fact of facts) metrics.fact(fact);
  if (endpoint === "reloader") {
    refuseUnknown(where, metrics.reloaders, "pod that ran Reloader");
    return metrics.reloaderText(where);
  }
  refuseUnknown(where, nodes, "node");
  return metrics.text(where, endpoint);
}

function refuseUnknown(
  where: string,
  known: readonly string[],
  what: string,
): void {
  if (known.includes(where)) return;
  throw new KeyturnError(
    "NoSuchEndpoint",
    `Failed to read the metrics of ${where}: there is no ${what} of that name${didYouMean(where, known)}`,
  );
}

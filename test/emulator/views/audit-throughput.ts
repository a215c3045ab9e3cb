/**
 * Micro-benchmark, run by hand (`npx tsx test/emulator/views/audit-throughput.ts`): how long the audit log takes for
 * 1,000 pods x 24 h, 1.44 million records, with ids by draw and with ids for nothing.
 */
import { AuditLog } from "../../../src/emulator/views/audit-log.ts";
import type { RequestIds } from "../../../src/emulator/views/audit-record.ts";
import { CONFIG, aDayOfPolls, drawnIds } from "./audit-support.ts";

export interface Throughput {
  readonly records: number;
  readonly bytes: number;
  readonly blocks: number;
  readonly ms: number;
}

/** Plays `pods` x `hours` of two-minute polls through an audit log whose lines are turned into bytes and dropped. */
export function auditThroughput(
  pods: number,
  hours: number,
  requestIds: RequestIds,
): Throughput {
  let records = 0;
  let bytes = 0;
  let blocks = 0;
  const buffer = Buffer.allocUnsafe(2 ** 20);
  const log = new AuditLog({
    config: CONFIG,
    requestIds,
    write: (_vault, lines) => {
      blocks += 1;
      bytes += buffer.write(lines, 0, "utf8");
    },
  });
  const facts = [...aDayOfPolls(pods, hours)];
  const start = performance.now();
  for (const fact of facts) log.fact(fact);
  log.end();
  const ms = performance.now() - start;
  for (const fact of facts) records += fact.run?.count ?? 1;
  return { records, bytes, blocks, ms };
}

if (process.argv[1]?.includes("audit-throughput") === true) {
  const constant = {
    correlationId: "0f4c0000-0000-4000-8000-000000000000",
    durationMs: 18,
  };
  const ids: [string, RequestIds][] = [
    ["ids by draw", drawnIds(1)],
    ["ids for nothing", () => constant],
  ];
  for (let i = 0; i < 3; i++)
    for (const [name, requestIds] of ids) {
      const { records, bytes, ms } = auditThroughput(1000, 24, requestIds);
      const each = ((ms * 1000) / records).toFixed(2);
      const size = (bytes / 2 ** 20).toFixed(0);
      console.log(
        `${name}: ${records} records, ${size} MiB, ${ms.toFixed(0)} ms, ${each} us a record`,
      );
    }
}

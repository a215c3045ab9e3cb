/** What findings make of hand-made traces, and of whole runs of a small cluster. */
import type { Finding } from "../../../src/emulator/findings/index.ts";
import { Findings } from "../../../src/emulator/findings/index.ts";
import type { Fact } from "../../../src/kernel/trace.ts";

export function findingsIn(trace: {
  readonly facts: readonly Fact[];
}): readonly Finding[] {
  const findings = new Findings();
  for (const fact of trace.facts) findings.fact(fact);
  return findings.list();
}

/** The finding of a name; undefined when there was nothing of it. */
export function findingIn(
  trace: { readonly facts: readonly Fact[] },
  name: string,
): Finding | undefined {
  return findingsIn(trace).find((finding) => finding.name === name);
}

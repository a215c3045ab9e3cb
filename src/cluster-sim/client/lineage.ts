/** What draws about an object are named by (design 3): its place in its workload, not its generated name. */
import type { Stored } from "../ports.ts";

/** `default/deployment/web/2`; of an object between a workload and its pods the workload; without a lineage `[namespace/]name`. */
export function lineageName({ object, lineage }: Stored): string {
  if (lineage === undefined) {
    const { namespace, name } = object.metadata;
    return namespace === undefined ? name : `${namespace}/${name}`;
  }
  const { workload, ordinal } = lineage;
  return ordinal === null ? workload : `${workload}/${ordinal}`;
}

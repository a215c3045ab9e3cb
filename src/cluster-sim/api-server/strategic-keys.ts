/**
 * Which lists of the built-in kinds a strategic merge patch merges item by item, and by which member.
 * Source: kubernetes/kubernetes v1.32 OpenAPI (`x-kubernetes-patch-merge-key`, `-strategy`), as kubernetes-api.md has it.
 */
import type { KindInfo } from "./kinds.ts";

/** How one member of an object is merged; a member without an entry is atomic if it is a list, merged if it is a map. */
export interface MergeRule {
  /** What the member, or each item of it, is. */
  readonly of?: MergeRules;
  /** The items' key. */
  readonly key?: string;
  /** A list of plain values that is merged as a set. */
  readonly set?: true;
  /** A patch that changes it names all members that stay (`$retainKeys`). */
  readonly retainKeys?: true;
}

export type MergeRules = ReadonlyMap<string, MergeRule>;

const rules = (members: Readonly<Record<string, MergeRule>>): MergeRules =>
  new Map(Object.entries(members));

export const NO_RULES: MergeRules = new Map();

const META = rules({
  finalizers: { set: true },
  ownerReferences: { key: "uid" },
});

const STATUS = rules({
  addresses: { key: "type" },
  conditions: { key: "type" },
  podIPs: { key: "ip" },
  resourceClaimStatuses: { key: "name" },
});

const CONTAINER = rules({
  env: { key: "name" },
  ports: { key: "containerPort" },
  volumeDevices: { key: "devicePath" },
  volumeMounts: { key: "mountPath" },
});

const POD_SPEC = rules({
  containers: { key: "name", of: CONTAINER },
  ephemeralContainers: { key: "name", of: CONTAINER },
  hostAliases: { key: "ip" },
  imagePullSecrets: { key: "name" },
  initContainers: { key: "name", of: CONTAINER },
  resourceClaims: { key: "name", retainKeys: true },
  schedulingGates: { key: "name" },
  topologySpreadConstraints: { key: "topologyKey" },
  volumes: { key: "name", retainKeys: true },
});

const TEMPLATE = rules({ metadata: { of: META }, spec: { of: POD_SPEC } });
const WORKLOAD_SPEC = rules({ template: { of: TEMPLATE } });
const DEPLOYMENT_SPEC = rules({
  strategy: { retainKeys: true },
  template: { of: TEMPLATE },
});
const JOB_TEMPLATE = rules({
  metadata: { of: META },
  spec: { of: WORKLOAD_SPEC },
});

const SPECS: ReadonlyMap<string, MergeRules> = new Map([
  ["Pod", POD_SPEC],
  ["Deployment", DEPLOYMENT_SPEC],
  ["ReplicaSet", WORKLOAD_SPEC],
  ["StatefulSet", WORKLOAD_SPEC],
  ["DaemonSet", WORKLOAD_SPEC],
  ["Job", WORKLOAD_SPEC],
  ["CronJob", rules({ jobTemplate: { of: JOB_TEMPLATE } })],
  ["Service", rules({ ports: { key: "port" } })],
  ["Node", rules({ podCIDRs: { set: true } })],
]);

/** The rules of a kind; null for a custom resource, which takes no strategic merge patch. */
export function mergeRulesOf(info: KindInfo): MergeRules | null {
  if (info.group.endsWith(".x-k8s.io")) return null;
  const members: Record<string, MergeRule> = {
    metadata: { of: META },
    spec: { of: SPECS.get(info.kind) ?? NO_RULES },
    status: { of: STATUS },
  };
  if (info.kind === "ServiceAccount")
    for (const member of ["secrets", "imagePullSecrets"])
      members[member] = { key: "name" };
  return rules(members);
}

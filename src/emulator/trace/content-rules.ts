/**
 * Why content moved when it did: the rows about files, containers and Secrets.
 *
 * Source: kubelet.md 1 to 3, 5, 8.4, 10 and csi-driver.md 5.2, 5.4 and 12.5 of the reference
 */
import { isRemount } from "./csi-mounts.ts";
import { SYNC_ERROR_BACKOFF_MS } from "./defaults.ts";
import type { FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";
import type { HopRule } from "./hop-rule.ts";
import { is } from "./hop-rule.ts";
import {
  containerRule,
  isRestart,
  jittered,
  resyncRule,
  retriedMount,
  secretRule,
  startsKubelet,
  writeReason,
} from "./rule-texts.ts";
import { spoken } from "./spoken.ts";

const volume =
  (...kinds: readonly string[]) =>
  (fact: AnyFact) =>
    fact.type === "volume.switched" && kinds.includes(fact.data.kind);

/** A volume that the kubelet fills from API objects. */
const kubeletVolume = volume("secret", "configMap", "projected");

const secretWrite = (type: AnyFact["type"]) => (fact: AnyFact) =>
  fact.type === type &&
  fact.type.startsWith("api.object.") &&
  (fact as FactNamed<"api.object.created">).data.by.endsWith("/csi-driver");

const sync =
  (...triggers: readonly string[]) =>
  (fact: AnyFact) =>
    fact.type === "kubelet.pod.sync" && triggers.includes(fact.data.trigger);

/** Rows about files and containers. */
export const NODE_RULES: readonly HopRule[] = [
  {
    label: "file",
    fact: volume("csi"),
    trigger: null,
    rule: ({ settings }) =>
      settings === null
        ? "AtomicWriter switches ..data when the vault has answered"
        : `AtomicWriter switches ..data when the vault has answered each request of the mount (latency.vault ${spoken(settings.latency.vault)})`,
  },
  {
    label: "restart",
    fact: is("container.created"),
    trigger: null,
    when: isRestart,
    rule: containerRule,
  },
  {
    label: "container",
    fact: is("container.created"),
    trigger: null,
    rule: containerRule,
  },
  {
    label: "verified",
    fact: is("volume.verified"),
    trigger: null,
    rule: () =>
      "the bytes are equal, so no file is written; the newer version counts as seen",
  },
  {
    label: "reboot",
    fact: kubeletVolume,
    trigger: null,
    when: ({ index, fact }) =>
      isRemount(index, fact as FactNamed<"volume.switched">),
    rule: () =>
      "the node came back without what was in its memory, and the kubelet mounts every volume anew",
  },
  {
    label: "kubelet start",
    fact: kubeletVolume,
    trigger: null,
    when: startsKubelet,
    rule: () =>
      "a kubelet that starts syncs every pod at once and sets up every volume again",
  },
  {
    label: "resync",
    fact: kubeletVolume,
    trigger: sync("resync"),
    rule: resyncRule,
  },
  {
    label: "mount",
    fact: kubeletVolume,
    trigger: sync("add"),
    rule: () => "the first sync of the pod mounts the volume",
  },
  {
    label: "update",
    fact: kubeletVolume,
    trigger: sync("update"),
    rule: () => "the pod object changed, and that syncs the pod at once",
  },
  {
    label: "pleg",
    fact: kubeletVolume,
    trigger: sync("pleg"),
    rule: () =>
      "a container of the pod started or ended, and that syncs the pod at once",
  },
  {
    label: "probe",
    fact: kubeletVolume,
    trigger: sync("probe"),
    rule: () =>
      "a probe of the pod had another result, and that syncs the pod at once",
  },
  {
    label: "backoff",
    fact: kubeletVolume,
    trigger: sync("backoff"),
    rule: () =>
      `the kubelet tries a failed sync again after ${jittered(SYNC_ERROR_BACKOFF_MS)}`,
  },
  {
    label: "remount",
    fact: kubeletVolume,
    trigger: is("volume.failed"),
    rule: retriedMount,
  },
  {
    label: "refresh",
    fact: kubeletVolume,
    trigger: null,
    rule: () => "the kubelet refreshes the volume when it syncs the pod",
  },
];

/** Rows about Secrets. */
export const SECRET_RULES: readonly HopRule[] = [
  {
    label: "Secret",
    fact: secretWrite("api.object.created"),
    trigger: null,
    rule: () =>
      "the driver's controller creates the Secret from the mounted files",
  },
  {
    label: "write-back",
    fact: secretWrite("api.object.modified"),
    trigger: null,
    when: (context) => writeReason(context) === "writeBack",
    rule: secretRule,
  },
  {
    label: "requeue",
    fact: secretWrite("api.object.modified"),
    trigger: null,
    when: (context) => writeReason(context) === "requeue",
    rule: secretRule,
  },
  {
    label: "driver start",
    fact: secretWrite("api.object.modified"),
    trigger: null,
    when: (context) => writeReason(context) === "start",
    rule: secretRule,
  },
  {
    label: "Secret",
    fact: secretWrite("api.object.modified"),
    trigger: null,
    when: (context) => writeReason(context) === "status",
    rule: secretRule,
  },
  {
    label: "Secret",
    fact: secretWrite("api.object.modified"),
    trigger: null,
    rule: () =>
      "the driver patches the Secret in the same reconcile, after the files",
  },
  {
    label: "Secret",
    fact: is("api.object.created", "api.object.modified"),
    trigger: null,
    rule: ({ fact }) => {
      const { by } = (fact as FactNamed<"api.object.created">).data;
      return by.startsWith("lane/")
        ? `lane ${by.slice("lane/".length)} writes what the vault answered`
        : `written by ${by}`;
    },
  },
];

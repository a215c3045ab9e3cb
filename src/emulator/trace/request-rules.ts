/**
 * Why somebody asked the vault: the rows about requests.
 *
 * Source: csi-driver.md 2.1 to 2.3 and kubelet.md 6.3, 7, 10 of the reference
 */
import { asksAgain, generationAt, volumeAsking } from "./csi-mounts.ts";
import { ROTATION_RETRY_MS } from "./defaults.ts";
import type { FactNamed } from "./fact-index.ts";
import type { HopRule } from "./hop-rule.ts";
import { is } from "./hop-rule.ts";
import type { HopContext } from "./rule-texts.ts";
import { pollRule, republishRule, retriedMount } from "./rule-texts.ts";
import { spoken } from "./spoken.ts";

/** A request for a pod whose volume is mounted, under a driver that the kubelet makes fetch. */
function isRepublish({ index, fact, t }: HopContext): boolean {
  const { data } = fact as FactNamed<"vault.request">;
  return (
    data.node !== null &&
    data.pod !== null &&
    generationAt(index, data.node, t) === "republish" &&
    volumeAsking(index, data, t) !== null
  );
}

/** Rows about requests to the vault. */
export const REQUEST_RULES: readonly HopRule[] = [
  {
    label: "poll",
    fact: is("vault.request"),
    trigger: is("csi.rotation.tick"),
    rule: pollRule,
  },
  {
    label: "retry",
    fact: is("vault.request"),
    trigger: is("csi.rotation.failed"),
    rule: () =>
      `the driver tries again ${spoken(ROTATION_RETRY_MS)} after a failed rotation reconcile`,
  },
  {
    label: "remount",
    fact: is("vault.request"),
    trigger: is("volume.failed"),
    rule: retriedMount,
  },
  {
    label: "republish",
    fact: is("vault.request"),
    trigger: null,
    when: isRepublish,
    rule: republishRule,
  },
  {
    label: "reboot",
    fact: is("vault.request"),
    trigger: null,
    when: ({ index, fact, t }) =>
      asksAgain(index, (fact as FactNamed<"vault.request">).data, t),
    rule: () =>
      "the node came back without what was in its memory, and the kubelet mounts every volume anew",
  },
  {
    label: "mount",
    fact: is("vault.request"),
    trigger: is("kubelet.pod.sync", "kubelet.pod.added"),
    rule: () =>
      "the kubelet mounts the volume of a new pod, and the provider asks for every object of it",
  },
  {
    label: "request",
    fact: is("vault.request"),
    trigger: null,
    rule: () => "somebody asks the vault",
  },
];

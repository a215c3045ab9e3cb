/** kubelet.md 8.4, 8.5, 8.7: the Events of a pod's life, in the words of each version. */
import { expect, test } from "vitest";
import { goDuration } from "../../../src/kubelet-sim/kubelet/pod-events.ts";
import type { TestWorld } from "../../support/world.ts";
import { aPod, aWorld } from "../../support/world.ts";
import { aPodOf, eventsOf, kill } from "./support.ts";

function told(w: TestWorld): string[] {
  return w
    .all("k8s.event")
    .filter(({ data }) => data["source"] === "kubelet")
    .map(({ data }) => {
      const { type, reason, message } = data as Record<string, string>;
      return `${type} ${reason}: ${message}`;
    });
}

test.each([
  [
    28,
    [
      'Normal Pulled: Container image "busybox" already present on machine',
      "Normal Created: Created container main",
      "Normal Started: Started container main",
    ],
  ],
  [
    29,
    [
      'Normal Pulled: Container image "busybox" already present on machine',
      "Normal Created: Created container: main",
      "Normal Started: Started container main",
    ],
  ],
  [
    34,
    [
      'Normal Pulled: Container image "busybox" already present on machine',
      "Normal Created: Created container: main",
      "Normal Started: Started container main",
    ],
  ],
  [
    35,
    [
      'Normal Pulled: Container image "busybox" already present on machine and can be accessed by the pod',
      "Normal Created: Container created",
      "Normal Started: Container started",
    ],
  ],
])("Kubernetes 1.%i tells of a start", (minor, texts) => {
  const w = aWorld({
    settings: { kubernetes: { minor } },
    manifests: [aPod()],
  }).until("10s");
  expect(told(w)).toEqual(texts);
});

test("a restart is told like a start, a deletion as Killing", () => {
  const w = aWorld({ manifests: [aPod()] }).until("10s");
  kill(w, 1);
  w.advance("5s");
  expect(told(w)).toHaveLength(6);
  w.remove("pod/busybox");
  w.advance("1s");
  expect(told(w).at(-1)).toBe("Normal Killing: Stopping container main");
});

test("each container that runs is told to be stopped, with the place of its spec", () => {
  const w = aWorld({
    manifests: [aPodOf([{ name: "a" }, { name: "b" }])],
  }).until("10s");
  w.remove("pod/busybox");
  w.advance("500ms");
  expect(eventsOf(w, "Killing")).toMatchObject([
    {
      message: "Stopping container a",
      involvedObject: { fieldPath: "spec.containers{a}", kind: "Pod" },
    },
    {
      message: "Stopping container b",
      involvedObject: { fieldPath: "spec.containers{b}" },
    },
  ]);
});

test("a pull secret that does not exist is told, and the start goes on", () => {
  const spec = { imagePullSecrets: [{ name: "registry" }] };
  const w = aWorld({ manifests: [aPod({ spec })] }).until("10s");
  expect(told(w)).toContain(
    "Warning FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (registry); attempting to pull the image may not succeed.",
  );
  expect(w.all("kubelet.pod.running")).toHaveLength(1);
});

test.each([
  [10, "10s"],
  [60, "1m0s"],
  [80, "1m20s"],
  [300, "5m0s"],
  [3_600, "1h0m0s"],
])("%i s is %s in Go", (seconds, text) => {
  expect(goDuration(seconds * 1000)).toBe(text);
});

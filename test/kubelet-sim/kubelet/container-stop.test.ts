/** Which programs end on SIGTERM: the first process of a container hears only what it has a handler for. */
import { expect, test } from "vitest";
import { exitAnnotationProblems } from "../../../src/kubelet-sim/index.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { TestWorld } from "../../support/world.ts";
import { aWorld } from "../../support/world.ts";

/** From the deletion to the kubelet's SIGTERM. */
const HEARD_MS = 20;

function aRunning(
  container: JsonObject,
  pod: { readonly spec?: JsonObject; readonly annotations?: JsonObject } = {},
): TestWorld {
  const world = aWorld({
    manifests: [
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "busybox", annotations: pod.annotations ?? {} },
        spec: {
          containers: [{ name: "main", image: "busybox", ...container }],
          ...pod.spec,
        },
      },
    ],
  });
  world.untilFact("kubelet.pod.running");
  // The worker is done with the start.
  return world.advance("5s");
}

/** How long the container takes to end, and its exit code. */
function ends(world: TestWorld): readonly [ms: number, exitCode: number] {
  world.remove("pod/busybox");
  const told = world.now + HEARD_MS;
  world.untilFact("container.exited");
  return [
    world.now - told,
    world.last("container.exited").data["exitCode"] as number,
  ];
}

test.each<[string, JsonObject]>([
  ["sleep", { command: ["/bin/sleep", "10000"] }],
  ["tail", { command: ["tail", "-f", "/dev/null"] }],
  ["a shell", { command: ["sh", "-c", "while true; do sleep 1; done"] }],
])(
  "%s as the first process ignores SIGTERM until the grace period ends",
  (_, container) => {
    expect(ends(aRunning(container))).toEqual([30_000, 137]);
  },
);

test.each<[string, JsonObject]>([
  ["a program that is nobody's shell", { command: ["/app/server"] }],
  ["an image's own program", {}],
  [
    "a shell with a trap",
    { command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1"] },
  ],
])("%s ends soon after SIGTERM", (_, container) => {
  expect(ends(aRunning(container))).toEqual([1_000, 143]);
});

test("in a shared process namespace sleep is no first process, and ends", () => {
  const world = aRunning(
    { command: ["sleep", "10000"] },
    { spec: { shareProcessNamespace: true } },
  );
  expect(ends(world)).toEqual([1_000, 143]);
});

test.each([
  ["7s", 7_000, 143],
  ["main=7s", 7_000, 143],
  ["never", 30_000, 137],
  ["40s", 30_000, 137],
])("keyturn.dev/stop-after: %s", (text, ms, exitCode) => {
  const world = aRunning(
    {},
    { annotations: { "keyturn.dev/stop-after": text } },
  );
  expect(ends(world)).toEqual([ms, exitCode]);
});

test("an annotation that cannot be read is named", () => {
  expect(exitAnnotationProblems({ "keyturn.dev/stop-after": "soon" })).toEqual([
    'keyturn.dev/stop-after: "soon" is neither a duration (5s), nor "never", nor a list of CONTAINER=DURATION (main=5s,setup=never)',
  ]);
});

/** Containers whose image is a program that Keyturn knows: who hosts it is told of its start and of its end. */
import { expect, test } from "vitest";
import type { ProgramProcess } from "../../src/cluster-sim/ports.ts";
import { NodePrograms } from "../../src/kubelet-sim/node-programs.ts";
import type { RunningContainer } from "../../src/kubelet-sim/ports.ts";

const IMAGE = "ghcr.io/stakater/reloader:v1.4.17";

function aHost() {
  const calls: (ProgramProcess | string)[] = [];
  const programs = new NodePrograms("node-0", {
    knows: (image) => image === IMAGE,
    started: (process) => calls.push(process),
    ended: (id) => calls.push(id),
  });
  return { programs, calls };
}

function running(
  container: Partial<RunningContainer["spec"]>,
): RunningContainer {
  const spec = { name: "reloader", image: IMAGE, ...container };
  return {
    pod: {
      object: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: "reloader-1",
          namespace: "default",
          uid: "uid-1",
          resourceVersion: "1",
          generation: 1,
          creationTimestamp: "2024-04-29T09:00:00Z",
        },
        spec: { serviceAccountName: "reloader", containers: [spec] },
      },
    },
    spec,
    attempt: 3,
    startedAt: 0,
    config: {
      env: [{ name: "LEVEL", value: "debug", origin: null }],
      pinned: [],
    },
  };
}

test("a program's start is told with its arguments, their references resolved, and its environment", () => {
  const { programs, calls } = aHost();
  const args = ["--log-level=$(LEVEL)", "--keep=$(OTHER)", "--cost=$$1"];
  programs.started(running({ args }));
  expect(calls).toEqual([
    {
      id: "uid-1/reloader/3",
      namespace: "default",
      pod: "reloader-1",
      serviceAccount: "reloader",
      image: IMAGE,
      args: ["--log-level=debug", "--keep=$(OTHER)", "--cost=$1"],
      env: { LEVEL: "debug" },
    },
  ]);
});

test("what follows the program in a command are arguments", () => {
  const { programs, calls } = aHost();
  programs.started(running({ command: ["/manager", "--a"], args: ["--b"] }));
  expect(calls).toMatchObject([{ args: ["--a", "--b"] }]);
});

test("its end is told once, however often it is seen", () => {
  const { programs, calls } = aHost();
  programs.started(running({}));
  programs.ended("uid-1", "reloader");
  programs.ended("uid-1", "reloader");
  expect(calls.slice(1)).toEqual(["uid-1/reloader/3"]);
});

test("other images are no matter", () => {
  const { programs, calls } = aHost();
  programs.started(running({ image: "busybox" }));
  programs.ended("uid-1", "reloader");
  expect(calls).toEqual([]);
});

import { describe, expect, test } from "vitest";
import type { Way } from "../../../src/emulator/trace/interruptions.ts";
import {
  interruptionText,
  interruptionsOf,
} from "../../../src/emulator/trace/interruptions.ts";
import { durationMs } from "../../../src/kernel/time.ts";
import type { Run } from "../../support/facts.ts";
import { START, aRun } from "../../support/facts.ts";
import { beginFault, machineFact } from "../../support/facts-node.ts";

const FETCH: Way = {
  node: "node-0",
  vault: "kvdemo",
  api: false,
  processes: ["csi.driver", "csi.provider", "kubelet"],
};
const REFRESH: Way = {
  node: "node-0",
  vault: null,
  api: true,
  processes: ["kubelet"],
};

function broken(run: Run, way: Way, from: string, to = from): string[] {
  const [a, b] = [from, to].map((at) => START + durationMs(at)) as [
    number,
    number,
  ];
  return interruptionsOf(run.index, way, a, b).map(({ what }) => what);
}

describe("faults", () => {
  test.each([
    [
      "vault kvdemo",
      "vault",
      "kvdemo",
      "vault kvdemo answers 429",
      true,
      false,
    ],
    ["vault other", "vault", "other", "", false, false],
    ["entra", "entra", "", "Entra ID answers 429", true, false],
    [
      "link node-0 -> vault",
      "link",
      "node-0",
      "the way from node-0 to the vault answers 429",
      true,
      false,
    ],
    ["link node-1 -> vault", "link", "node-1", "", false, false],
    [
      "link every node -> apiServer",
      "link",
      "",
      "the way from every node to the API server answers 429",
      false,
      true,
    ],
    [
      "provider node-0",
      "provider",
      "node-0",
      "the provider of node-0 answers 429",
      true,
      false,
    ],
    ["apiServer", "apiServer", "", "the API server answers 429", false, true],
    ["watch node-0", "watch", "node-0", "node-0 answers 429", false, true],
    ["watch node-1", "watch", "node-1", "", false, false],
  ])("of %s count where they lie on the way", (...row) => {
    const [about, target, name, what, onFetch, onRefresh] = row;
    const run = aRun();
    beginFault(run.at("1m"), about, { target, name, effect: "answers 429" });
    run.end("5m");
    expect(broken(run, FETCH, "2m")).toEqual(onFetch ? [what] : []);
    expect(broken(run, REFRESH, "2m")).toEqual(onRefresh ? [what] : []);
  });

  test("last from their beginning up to, but not at, their end", () => {
    const run = aRun();
    const data = { target: "vault", name: "kvdemo", effect: "answers 429" };
    const end = beginFault(run.at("1m"), "vault kvdemo", data);
    run.at("2m");
    end();
    run.end("5m");
    expect(broken(run, FETCH, "59s999ms")).toEqual([]);
    expect(broken(run, FETCH, "1m")).toHaveLength(1);
    expect(broken(run, FETCH, "1m59s999ms")).toHaveLength(1);
    expect(broken(run, FETCH, "2m")).toEqual([]);
    expect(broken(run, FETCH, "10s", "5m")).toHaveLength(1);
  });
});

describe("processes", () => {
  test("of the way's node that are down count, and a machine counts once for all", () => {
    const run = aRun({ nodes: ["node-0", "node-1"] });
    machineFact(run.at("1m"), "csi.provider.stopped", "node-0");
    machineFact(run.at("2m"), "csi.provider.started", "node-0");
    machineFact(run.at("1m").at("2m30s"), "csi.driver.stopped", "node-1");
    machineFact(run.at("3m"), "node.stopped", "node-0");
    machineFact(run, "kubelet.stopped", "node-0");
    machineFact(run, "csi.provider.stopped", "node-0");
    run.end("5m");
    expect(broken(run, FETCH, "1m30s")).toEqual([
      "the provider of node-0 is down",
    ]);
    expect(broken(run, REFRESH, "1m30s")).toEqual([]);
    expect(broken(run, FETCH, "2m40s")).toEqual([]);
    expect(broken(run, FETCH, "4m")).toEqual(["node-0 is down"]);
  });
});

test("an interruption is told with its end where it has one", () => {
  const what = "vault kvdemo answers 429";
  const [from, to] = [START, START + 60_000];
  expect(interruptionText({ what, from, to }, to)).toBe(
    `${what} from 09:00:00.000 to 09:01:00.000`,
  );
  expect(interruptionText({ what, from, to }, from)).toBe(
    `${what} since 09:00:00.000`,
  );
  expect(interruptionText({ what, from, to: null }, to)).toBe(
    `${what} since 09:00:00.000`,
  );
});

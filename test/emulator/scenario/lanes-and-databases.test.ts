import { describe, expect, it } from "vitest";
import { linesOf, loadText, WITH_POD } from "./support.ts";

const LINE = WITH_POD.split("\n").length;
const ESO =
  "name: eso, kind: external-secrets, vault: kvdemo, secret: secret1, target: eso-secret/password";

describe("lanes", () => {
  const withLanes = (lanes: string, more = "") =>
    `${WITH_POD}lanes: [${lanes}]\n${more}`;

  it("become commands after the manifests, with what they publish declared", () => {
    const scenario = loadText(
      withLanes(
        `{${ESO}, every: 10m, phase: 0s, refreshPolicy: Periodic}`,
        "watch: [{secret: eso-secret/password}, {lane: eso}]\n",
      ),
    );
    const spec = {
      name: "eso",
      kind: "external-secrets",
      vault: "kvdemo",
      secret: "secret1",
      version: null,
      everyMs: 600_000,
      jitterMs: 0,
      phaseMs: 0,
      target: { namespace: "default", secret: "eso-secret", key: "password" },
      refreshPolicy: "Periodic",
    };
    expect(scenario.setup.at(-1)).toEqual({ kind: "createLane", lane: spec });
    expect(scenario.lanes).toEqual([
      { name: "eso", title: "eso", kind: spec.kind, spec, sink: null },
    ]);
  });

  it("may be a way that is played anyway, which makes no command", () => {
    const { lanes, setup } = loadText(
      withLanes(
        '{name: csi, title: "CSI driver, file", sink: {file: "busybox:/mnt/store/secret1"}}',
      ),
    );
    expect(lanes).toMatchObject([
      { name: "csi", title: "CSI driver, file", kind: null, spec: null },
    ]);
    expect(lanes[0]!.sink).toMatchObject({ kind: "file" });
    expect(setup.map(({ kind }) => kind)).not.toContain("createLane");
  });

  it.each([
    ["{name: x}", 'a lane needs "kind" or "sink"'],
    ["{name: x, knd: dapr}", 'unknown key "knd"; did you mean "kind"?'],
    [
      "{name: x, kind: dappr, vault: kvdemo, secret: secret1}",
      'kind: must be "external-secrets" or',
    ],
    [
      "{name: x, kind: dapr, vault: kvdemo, secret: secret1, target: a/b}",
      "a lane of dapr writes no Secret",
    ],
    [
      "{name: x, kind: akv2k8s, vault: kvdemo, secret: secret1}",
      'a lane of akv2k8s writes a Secret, and has no "target"',
    ],
    [
      "{name: x, kind: dapr, vault: kvdemo, secret: secret1, refreshPolicy: OnChange}",
      "a lane of dapr has no refreshPolicy",
    ],
    [
      "{name: x, kind: dapr, vault: kvdemo, secret: secret2}",
      'there is no secret "secret2" in vault kvdemo; did you mean "secret1"?',
    ],
    [
      "{name: x, kind: akv2k8, vault: kvdemo, secret: secret1, target: a/b}",
      '"dapr"; did you mean "akv2k8s"?',
    ],
    [
      "{name: x, kind: external-secrets, vault: kvdemo, secret: secret1, target: ab}",
      '"ab" names no key of a Secret',
    ],
    [
      "{name: x, kind: app-configuration, vault: kvdemo, secret: secret1, target: a/b}",
      "App Configuration provider refreshes secrets only at an interval that is given: every, at least 1m",
    ],
    [
      "{name: x, kind: app-configuration, vault: kvdemo, secret: secret1, target: a/b, every: 59s}",
      "every 59s is too short for App Configuration provider: at least 1m",
    ],
    [
      "{name: x, kind: dapr, vault: kvdemo, secret: secret1, every: 0s}",
      "every 0s is too short for Dapr secret store: at least 1ms",
    ],
    [
      "{name: x, kind: akv2k8s-env, vault: kvdemo, secret: secret1, every: 5s}",
      "akv2k8s env injector has no interval: nothing but a start fetches",
    ],
    [
      "{name: x, kind: dapr, vault: kvdemo, secret: secret1, jitter: 5s}",
      "Dapr secret store has no jitter",
    ],
    [
      "{name: x, kind: container-apps, vault: kvdemo, secret: secret1, phase: 31m}",
      "phase 31m is not within 30m",
    ],
    [
      "{name: x, sink: {lane: x}}",
      'the lane "x" is the way to a sink, which nobody runs',
    ],
    [
      `{${ESO}, every: 1m, phase: 1m}`,
      "phase lies within the interval: 1m is not less than 1m",
    ],
    [
      `{${ESO}}, {${ESO}}`,
      `the lane "eso" stands twice here, first in line ${LINE}`,
    ],
  ])("refuse %s", (lanes, says) => {
    const [found, ...more] = linesOf(withLanes(lanes));
    expect(more).toEqual([]);
    expect(found).toContain(says);
    expect(found).toMatch(new RegExp(`^s\\.yaml:${LINE}:`));
  });

  it("are known to restart and refresh, and to sinks", () => {
    const steps = (body: string) =>
      withLanes(`{${ESO}}`).replace("lanes:", `  - {at: 13m, ${body}}\nlanes:`);
    const last = (body: string) => loadText(steps(body)).steps.at(-1)!.command;
    expect(last("restart: {lane: eso, downFor: 5s}")).toEqual({
      kind: "restart",
      what: "lane",
      node: "eso",
      downForMs: 5000,
    });
    expect(last("refresh: {lane: eso}")).toEqual({
      kind: "refreshLane",
      lane: "eso",
    });
    expect(linesOf(steps("refresh: {lane: es}"))).toEqual([
      `s.yaml:${LINE}:31: there is no lane "es"; did you mean "eso"?`,
    ]);
  });

  it("of products that may fetch once alone may have no interval", () => {
    const [lane] = loadText(withLanes(`{${ESO}, every: 0s}`)).lanes;
    expect(lane!.spec).toMatchObject({ everyMs: 0 });
  });

  it("that are ways to sinks are neither restarted nor refreshed", () => {
    const way = "name: way, sink: {file: 'busybox:/mnt/store/secret1'}";
    for (const body of ["restart: {lane: way}", "refresh: {lane: way}"]) {
      const text = withLanes(`{${way}}`).replace(
        "lanes:",
        `  - {at: 13m, ${body}}\nlanes:`,
      );
      expect(linesOf(text)).toEqual([
        expect.stringContaining('the lane "way" is the way to a sink'),
      ]);
    }
  });

  it("may begin with a step, too", () => {
    const { steps, lanes } = loadText(
      `${WITH_POD}  - {at: 13m, lane: {${ESO}}}\nwatch: [{lane: eso}]\n`,
    );
    expect(steps.at(-1)!.command).toMatchObject({ kind: "createLane" });
    expect(lanes.map(({ name }) => name)).toEqual(["eso"]);
  });
});

describe("databases", () => {
  const ORDERS =
    "name: orders, vault: kvdemo, secret: secret1, credentials: single";
  const withDatabases = (databases: string) =>
    `${WITH_POD}databases: [${databases}]\n`;

  it("become commands after the vaults and before the manifests", () => {
    const { setup, databases } = loadText(
      withDatabases(`{${ORDERS}, switchAfter: 5s}`),
    );
    const database = {
      name: "orders",
      vault: "kvdemo",
      secret: "secret1",
      credentials: "single",
      switchAfterMs: 5000,
    };
    expect(databases).toEqual([database]);
    expect(setup.map(({ kind }) => kind)).toEqual([
      "createVault",
      "setSecret",
      "createDatabase",
      "apply",
      "apply",
    ]);
  });

  it.each([
    [
      "{name: orders, vault: kvdemo, secret: secret1, credentials: both}",
      'credentials: must be "single" or "dual"',
    ],
    [
      "{name: orders, vault: kv, secret: secret1, credentials: dual}",
      'there is no vault "kv"',
    ],
    [
      `{${ORDERS}}, {${ORDERS}}`,
      `the database "orders" stands twice here, first in line ${LINE}`,
    ],
  ])("refuse %s", (databases, says) => {
    const [found, ...more] = linesOf(withDatabases(databases));
    expect(more).toEqual([]);
    expect(found).toContain(says);
  });
});

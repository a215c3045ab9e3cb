/** What the public API breaks, and what it sees inside containers. */
import { describe, expect, test } from "vitest";
import { createWorld } from "../../src/emulator/index.ts";
import type {
  FixtureFault,
  FixtureRestart,
  FixtureWorld,
} from "../../src/emulator/index.ts";
import { CSI_FILE, SECRET_FILE, aWorld, refusal } from "./fixture-support.ts";

function factsOf(world: FixtureWorld, type: string) {
  return world.trace().filter((fact) => fact.type === type);
}

describe("keys and certificates", () => {
  test("get versions of their own, a certificate one for its key and secret, too", () => {
    const world = createWorld({ vaults: { kvdemo: {} } });
    const vault = world.vault("kvdemo");
    const key = vault.setKey("sign", { keyType: "EC", curve: "P-384" });
    const tls = vault.setCertificate("tls", { chain: true });
    expect([key, tls]).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ]);
    const sets = ["vault.key.set", "vault.certificate.set", "vault.secret.set"];
    const made = sets.map((type) =>
      factsOf(world, type).map(({ data }) => [data["name"], data["version"]]),
    );
    expect(made).toEqual([
      [
        ["sign", key],
        ["tls", tls],
      ],
      [["tls", tls]],
      [["tls", tls]],
    ]);
  });
});

describe("faults and restarts", () => {
  test("a vault that is throttled is read again when it is over", () => {
    const world = aWorld();
    world.advance("5m");
    world.fault({
      vault: "kvdemo",
      operation: "SecretGet",
      object: "secret1",
      respond: { status: 429, retryAfter: "1s" },
      for: "4m",
    });
    world.vault("kvdemo").setSecret("secret1", "the second value");
    world.advance("4m");
    expect(world.readFile("busybox", CSI_FILE)).toBe("the first value");
    const refused = world
      .audit("kvdemo")
      .filter(({ properties }) => properties["httpStatusCode"] === 429);
    expect(refused.length).toBeGreaterThan(0);
    world.advance("3m");
    expect(world.readFile("busybox", CSI_FILE)).toBe("the second value");
  });

  test.each<[FixtureFault, string]>([
    [
      { link: "node-0", to: "entra", drop: true, for: "1m" },
      "link node-0 -> entra",
    ],
    [
      { link: null, to: "vault", latency: "5s", for: "1m" },
      "link every node -> vault",
    ],
    [{ entra: null, respond: 503, for: "1m" }, "entra"],
    [{ provider: null, drop: true, for: "1m" }, "provider every node"],
    [{ apiServer: null, refuse: true, for: "1m" }, "apiServer"],
    [{ watches: "node-0", drop: true, for: "1m" }, "watch node-0"],
  ])("%j is about %s", (fault, about) => {
    const world = aWorld();
    world.fault(fault);
    world.advance("1m");
    expect(factsOf(world, "fault.began")).toMatchObject([{ about }]);
    expect(factsOf(world, "fault.ended")).toMatchObject([{ about }]);
  });

  test.each<[FixtureRestart, string]>([
    [{ driver: "node-0", downFor: "7s" }, "csi.driver.started"],
    [{ provider: null }, "csi.provider.started"],
    [{ kubelet: null }, "kubelet.started"],
    [{ node: "node-0", downFor: "10s" }, "node.started"],
    [{ apiServer: null }, "fault.ended"],
  ])("%j leads to %s", (what, type) => {
    const world = aWorld();
    world.advance("1m");
    const before = factsOf(world, type).length;
    world.restart(what);
    world.advance("1m");
    expect(factsOf(world, type)).toHaveLength(before + 1);
  });

  test("a killed container comes back with what the volumes hold then", () => {
    const world = aWorld();
    world.advance("1m");
    world.kill("busybox", { exitCode: 3 });
    expect(factsOf(world, "container.exited")).toMatchObject([
      { data: { exitCode: 3 } },
    ]);
    expect(world.inspect("busybox")).toBeNull();
    world.advance("1m");
    expect(world.inspect("busybox")).toMatchObject({ attempt: 1 });
    expect(world.readFile("busybox", SECRET_FILE)).toBe("the first value");
  });

  test.each<[string, (world: FixtureWorld) => unknown, RegExp]>([
    [
      "a vault that is not there",
      (w) => w.fault({ vault: "nope", drop: true, for: "1m" }),
      /^Failed to fault: there is no vault nope$/,
    ],
    [
      "a node that is not there",
      (w) => w.restart({ kubelet: "node-1" }),
      /^Failed to restart: 1 problem\nthere is no node "node-1"; did you mean "node-0"\?/,
    ],
    [
      "a fault in two ways",
      (w) =>
        w.fault({ entra: null, drop: true, refuse: true, for: "1m" } as never),
      /a fault breaks in one way; this one has "drop" and "refuse"/,
    ],
    [
      "a fault without an end",
      (w) => w.fault({ entra: null, drop: true } as never),
      /the key "for" is missing/,
    ],
    [
      "a restart of nothing",
      (w) => w.restart({} as never),
      /needs one of node, kubelet, driver, provider, apiServer/,
    ],
    [
      "a pod that is not there",
      (w) => w.kill("nobody"),
      /^Failed to kill: pods "nobody" not found$/,
    ],
    [
      "a container that is not there",
      (w) => w.kill("busybox@side"),
      /container side is not valid for pod busybox/,
    ],
  ])("%s is refused", (_, act, says) => {
    const world = aWorld();
    world.advance("1m");
    expect(refusal(() => act(world)).message).toMatch(says);
  });
});

describe("inside a container", () => {
  const withVariable = `
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  containers:
    - name: main
      image: busybox
      env:
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: login, key: password}}}
        - {name: LEVEL, value: info}
      volumeMounts: [{name: login, mountPath: /etc/login}]
  volumes: [{name: login, secret: {secretName: login}}]
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: hunter2}
`;

  test("variables and files are named by the versions behind them", () => {
    const world = createWorld({ manifests: [withVariable] });
    world.advance("1m");
    expect(world.readVariable("app", "PASSWORD")).toBe("hunter2");
    expect(world.readVariable("app@main", "LEVEL")).toBe("info");
    expect(world.readVariable("app", "NOTHING")).toBeNull();
    const seen = world.inspect("app")!;
    const behind = {
      source: "Secret/login",
      object: "default/secret/login/password",
      ordinal: 1,
    };
    expect(seen).toMatchObject({ pod: "app", container: "main", attempt: 0 });
    expect(
      seen.variables.find(({ name }) => name === "PASSWORD"),
    ).toMatchObject(behind);
    expect(seen.files).toMatchObject([
      { name: "/etc/login/password", ...behind },
    ]);
    expect(JSON.stringify(seen)).not.toContain("hunter2");
  });

  test("a command prints what the container has, while virtual time goes on", () => {
    const world = createWorld({ manifests: [withVariable] });
    world.advance("1m");
    expect(world.exec("app", ["cat", "/etc/login/password"])).toEqual({
      stdout: "hunter2",
      stderr: "",
      exitCode: 0,
    });
    const before = world.nowMs;
    const { stdout, exitCode } = world.exec(
      "app@main",
      'echo "$LEVEL"; sleep 2; echo done; exit 3',
    );
    expect([stdout, exitCode]).toEqual(["info\ndone\n", 3]);
    expect(world.nowMs - before).toBeGreaterThanOrEqual(2000);
  });

  test("a command that does not end is left running when its time is over", () => {
    const world = createWorld({ manifests: [withVariable] });
    world.advance("1m");
    const before = world.nowMs;
    const command = "echo begun; sleep 1000";
    expect(world.exec("app", command, { limit: "5s" })).toEqual({
      stdout: "begun\n",
      stderr: "",
      exitCode: null,
    });
    expect(world.nowMs - before).toBeLessThanOrEqual(5001);
  });

  test.each<[string, (world: FixtureWorld) => unknown, RegExp]>([
    [
      "in no pod",
      (w) => w.exec("nobody", "ls"),
      /^Failed to exec: pods "nobody" not found$/,
    ],
    [
      "in no container of the pod",
      (w) => w.exec("app@side", "ls"),
      /container side is not valid for pod app/,
    ],
    [
      "for no length of time",
      (w) => w.exec("app", "ls", { limit: "soon" }),
      /^Failed to run a command with the limit "soon"/,
    ],
  ])("a command %s is refused", (_, act, says) => {
    const world = createWorld({ manifests: [withVariable] });
    world.advance("1m");
    expect(refusal(() => act(world)).message).toMatch(says);
  });
});

/** kubelet.md 4.5: service account tokens in projected volumes. */
import { expect, test } from "vitest";
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import { base64ToBytes, bytesToUtf8 } from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aPod } from "../../support/world.ts";
import type { TestNode } from "./sources-support.ts";
import { aNode } from "./sources-support.ts";

function withToken(
  token: JsonObject = {},
  spec: JsonObject = {},
): { readonly node: TestNode; readonly pod: Stored } {
  const node = aNode();
  const sources = [{ serviceAccountToken: { path: "token", ...token } }];
  const manifest = aPod({ volumes: { all: { projected: { sources } } } });
  const pod = node.start({
    ...manifest,
    spec: { ...(manifest["spec"] as JsonObject), ...spec },
  });
  return { node, pod };
}

function claims(node: TestNode, pod: Stored): JsonObject {
  const [, body = ""] = node.read(pod, "all", "token")!.split(".");
  const text = body.replaceAll("-", "+").replaceAll("_", "/");
  const padding = "=".repeat((4 - (text.length % 4)) % 4);
  return JSON.parse(bytesToUtf8(base64ToBytes(text + padding))) as JsonObject;
}

test("a token is a JWT for its audience and its pod, for an hour", () => {
  const { node, pod } = withToken({ audience: "vault" });
  const { aud, exp, iat, sub, ...rest } = claims(node, pod);
  expect(aud).toEqual(["vault"]);
  expect((exp as number) - (iat as number)).toBe(3600);
  expect(iat).toBe(Math.floor((node.now - 1_000) / 1000));
  expect(sub).toBe("system:serviceaccount:default:default");
  expect(rest["kubernetes.io"]).toMatchObject({
    pod: { name: "busybox", uid: pod.object.metadata.uid },
    node: { name: "node-0" },
  });
  expect(node.read(pod, "all", "token")!.split(".")).toHaveLength(3);
});

test("audience and life are the pod's to choose; without an audience the API server's own", () => {
  const { node, pod } = withToken({ expirationSeconds: 3607 });
  const { aud, exp, iat } = claims(node, pod);
  expect(aud).toEqual(["https://kubernetes.default.svc.cluster.local"]);
  expect((exp as number) - (iat as number)).toBe(3607);
});

test("a token is renewed by the first sync after 80 % of its life less a drawn part of 10 s [KUBELET-13.7-01]", () => {
  const { node, pod } = withToken({ expirationSeconds: 3600 });
  const issued = (claims(node, pod)["iat"] as number) * 1000;
  const ordinal = () => node.file(pod, "all", "token")!.content.ordinal;
  // Whatever is drawn: 9 s early at most, and strictly after the instant.
  node.sim.runUntil(issued + 2_880_000 - 9_000 - 1_000);
  node.resync(pod);
  expect(ordinal()).toBe(1);
  node.sim.runUntil(issued + 2_880_001);
  node.resync(pod);
  expect(ordinal()).toBe(2);
  expect(claims(node, pod)["iat"]).toBeGreaterThan(issued / 1000);
});

test("the jitter is drawn at each check, in whole seconds", () => {
  const { node, pod } = withToken();
  const issued = (claims(node, pod)["iat"] as number) * 1000;
  const name = "kubelet/node-0/token/default/busybox//3600/jitter";
  const drawn = (check: number) => node.sim.draws.between(0, 10, name, check);
  let check = 0;
  let at = issued + 2_880_000 - 9_500;
  // The check happens at the reconciler pass that a sync leads to.
  for (; ; check++, at += 500) {
    node.sim.runUntil(at);
    node.sync(pod);
    const checked = node.refreshAfter(node.now);
    node.sim.runUntil(checked + 20);
    const renewed = node.file(pod, "all", "token")!.content.ordinal === 2;
    expect(renewed).toBe(checked > issued + 2_880_000 - drawn(check) * 1000);
    if (renewed) break;
  }
  expect(check).toBeLessThan(20);
});

test("a long-lived token is renewed after a day", () => {
  const { node, pod } = withToken({ expirationSeconds: 7 * 24 * 3600 });
  const issued = (claims(node, pod)["iat"] as number) * 1000;
  const day = 24 * 3600 * 1000;
  node.sim.runUntil(issued + day - 11_000);
  node.resync(pod);
  expect(node.file(pod, "all", "token")!.content.ordinal).toBe(1);
  node.sim.runUntil(issued + day + 1);
  node.resync(pod);
  expect(node.file(pod, "all", "token")!.content.ordinal).toBe(2);
});

test("a failed renewal is silent while the old token lives, and an error afterwards", () => {
  const { node, pod } = withToken();
  node.advance("49m").outage(3_600_000);
  node.resync(pod).advance("1m");
  expect(node.failures()).toEqual([]);
  expect(node.file(pod, "all", "token")!.content.ordinal).toBe(1);
  node.advance("15m").resync(pod).advance("1m");
  expect(node.failures()[0]).toMatch(
    /^MountVolume.SetUp failed for volume "all" : token .* expired and refresh failed: .*connection refused/,
  );
});

test("without any token a failure is an error", () => {
  const node = aNode();
  const sources = [{ serviceAccountToken: { path: "token" } }];
  const pod = node.apply(
    aPod({ volumes: { all: { projected: { sources } } } }),
  );
  node.outage(60_000);
  node.sync(pod).advance("30s");
  expect(node.failures()[0]).toMatch(
    /^MountVolume.SetUp failed for volume "all" : failed to fetch token: .*connection refused/,
  );
});

test("two volumes that ask at once get a token each, and share the later one from the next sync on", () => {
  const node = aNode();
  const projected = { sources: [{ serviceAccountToken: { path: "token" } }] };
  const volumes = { a: { projected }, b: { projected } };
  const pod = node.start(aPod({ volumes }));
  const both = () =>
    ["a", "b"].map((volume) => node.read(pod, volume, "token"));
  const [a, b] = both();
  expect(a).not.toBe(b);
  node.resync(pod);
  expect(both()).toEqual([b, b]);
});

test("a kubelet that restarts has no tokens and asks for a new one", () => {
  const { node, pod } = withToken();
  const before = node.read(pod, "all", "token");
  node.sim.command(() => {
    node.manager.stop();
    node.sources.stop();
    node.sources.start();
  });
  node.resync(pod);
  expect(node.read(pod, "all", "token")).not.toBe(before);
});

test("with fsGroup or one user for all a token is 0600, to which fsGroup adds", () => {
  const mode = (spec: JsonObject) => {
    const { node, pod } = withToken({}, spec);
    return node.file(pod, "all", "token")!.mode;
  };
  expect(mode({})).toBe(0o644);
  expect(mode({ securityContext: { fsGroup: 1 } })).toBe(0o640);
  expect(mode({ securityContext: { runAsUser: 1 } })).toBe(0o600);
});

test("a token's bytes are in the value book under its own object", () => {
  const { node, pod } = withToken({ audience: "vault" });
  const { content } = node.file(pod, "all", "token")!;
  expect(content.object).toBe("default/pod/busybox/token/vault");
  expect(bytesToUtf8(node.values.get(content)!)).toBe(
    node.read(pod, "all", "token"),
  );
});

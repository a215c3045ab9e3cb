/** csi-driver.md 5.1 and 12.4: the pod status controller works on one status at a time, and never while the owner patcher runs. */
import { expect, it } from "vitest";
import type { ApiRequest } from "../../../src/cluster-sim/ports.ts";
import { aClass, aSecretObject } from "../../support/world.ts";
import type { DriverRoom } from "./support.ts";
import {
  API_MS,
  MOUNT_MS,
  STATUS,
  UNREACHABLE,
  WATCH_MS,
  aRoom,
} from "./support.ts";

const SLOW_MS = 8_000;
/** Five tries and the four milliseconds between them. */
const GIVEN_UP_MS = 5 * SLOW_MS + 4;

function isSecret(request: ApiRequest, verb: string): boolean {
  if (request.verb !== verb) return false;
  return "object" in request
    ? request.object["kind"] === "Secret"
    : request.kind === "Secret";
}

/** Two classes with a Secret each. The driver has just started: its patcher runs in a good four seconds, then every five. */
function aBusyRoom(driverVersion = "1.5.6"): DriverRoom {
  const room = aRoom({
    config: { driverVersion, enableSecretRotation: false },
    manifests: [
      aClass({ secretObjects: [aSecretObject()] }),
      aClass({
        name: "other",
        secretObjects: [aSecretObject({ secretName: "other" })],
      }),
    ],
  });
  room.node.refusalMs = SLOW_MS;
  room.node.driver.restart(room.now + 10, 1_000);
  room.advance(1_100);
  return room;
}

it("lets the patcher wait until the reconcile in hand has ended, API calls and all [CSI-12.4-01]", () => {
  const room = aBusyRoom();
  room.mounted();
  room.node.refusal = (request) =>
    isSecret(request, "create") ? UNREACHABLE : null;
  room.pod("second", "node-0", "other");
  const attributes = { secretProviderClass: "other" };
  const called = room.publish("second", room.node, { attributes });
  const begun = called + MOUNT_MS + WATCH_MS;
  const owners = () => room.owners();
  // The patcher's ticks come every 5 s.
  expect(room.around(begun + GIVEN_UP_MS, owners)).toEqual([
    [],
    ["web-default-kv"],
  ]);
});

it("lets the controller wait until the patcher's run has ended [CSI-12.4-01]", () => {
  const room = aBusyRoom();
  room.node.refusal = (request) =>
    isSecret(request, "patch") ? UNREACHABLE : null;
  room.mounted();
  while (room.node.requests.every(({ request }) => !isSecret(request, "patch")))
    room.advance(1);
  const ends = room.now + GIVEN_UP_MS;
  room.pod("second", "node-0", "other");
  const attributes = { secretProviderClass: "other" };
  room.publish("second", room.node, { attributes });
  const made = () => room.get("Secret", "other") !== null;
  expect(room.around(ends, made)).toEqual([false, true]);
});

it("takes the statuses of a node one after the other [CSI-12.4-01]", () => {
  const room = aBusyRoom();
  room.node.refusalMs = API_MS;
  room.pod();
  room.pod("second", "node-0", "other");
  room.publish();
  const attributes = { secretProviderClass: "other" };
  const called = room.publish("second", room.node, { attributes });
  const begun = called + MOUNT_MS + WATCH_MS;
  const created = room
    .until(begun + 100)
    .node.requests.filter(({ request }) => isSecret(request, "create"));
  const gap = created[1]!.t - created[0]!.t;
  expect(created).toHaveLength(2);
  expect(gap).toBe(API_MS);
});

it("ends a run of the patcher with the Secret that could not be patched, and goes on 5 s later [CSI-12.4-12] [CSI-12.0-05]", () => {
  const room = aBusyRoom();
  room.node.refusalMs = API_MS;
  room.node.refusal = (request) =>
    isSecret(request, "patch") ? UNREACHABLE : null;
  room.mounted();
  room.pod("second", "node-0", "other");
  const attributes = { secretProviderClass: "other" };
  room.publish("second", room.node, { attributes });
  room.advance(20_000);
  const patches = room.node.requests.filter(({ request }) =>
    isSecret(request, "patch"),
  );
  // Only the first Secret by name is ever tried: app-secret.
  const names = patches.map(({ request }) => "name" in request && request.name);
  expect(new Set(names)).toEqual(new Set(["app-secret"]));
  const [a, b, , , , f] = patches.map(({ t }) => t);
  expect(b! - a!).toBe(API_MS + 1);
  expect(f! - a!).toBe(5_000);
  room.node.refusal = () => null;
  room.advance(5_000);
  expect(room.owners()).toEqual(["web-default-kv"]);
  expect(room.owners("other")).toEqual(["second-default-other"]);
});

it("gives up a run when the pod of one status cannot be read, and patches nothing [CSI-12.4-12]", () => {
  const room = aBusyRoom();
  room.mounted();
  const status = room.get(STATUS, "web-default-kv")!;
  room.apply({
    ...status,
    metadata: {
      name: "ghost",
      namespace: "default",
      labels: { "internal.secrets-store.csi.k8s.io/node-name": "node-0" },
    },
    status: { ...(status["status"] as object), podName: "ghost" },
  });
  room.advance(20_000);
  expect(room.owners()).toEqual([]);
  room.remove("secretproviderclasspodstatus", "ghost");
  room.advance(5_000 + WATCH_MS);
  expect(room.owners()).toEqual(["web-default-kv"]);
});

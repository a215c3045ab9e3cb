/** key-vault.md 1.6, 2.1: the list of all secrets, as a simulated client reads it a page at a time. */
import { expect, test } from "vitest";
import type { SecretItem } from "../../src/cluster-sim/ports.ts";
import { START, aCaller, aWorld, errorOf } from "./support.ts";
import type { World } from "./support.ts";

const LIST = { operation: "SecretList", name: "" } as const;

function withSecrets(count: number): World {
  const world = aWorld();
  for (let i = 0; i < count; i++)
    world.run((v) =>
      v.setSecret("kvdemo", `secret${String(i).padStart(2, "0")}`, {
        value: "x",
      }),
    );
  return world;
}

function page(world: World, version: string | null) {
  const reply = world.reply({ ...LIST, version });
  if (!reply.ok || !("secrets" in reply)) throw new Error("expected a list");
  return reply;
}

test("a list has 25 secrets a page, by name, and says where it goes on", () => {
  const world = withSecrets(30);
  const first = page(world, null);
  const second = page(world, first.next);
  const names = ({ secrets }: { secrets: readonly SecretItem[] }) =>
    secrets.map(({ name }) => name);
  expect(names(first)).toHaveLength(25);
  expect([first.secrets[0]!.name, first.secrets[24]!.name]).toEqual([
    "secret00",
    "secret24",
  ]);
  expect(names(second)).toEqual([
    "secret25",
    "secret26",
    "secret27",
    "secret28",
    "secret29",
  ]);
  expect(second.next).toBeNull();
});

test("a list of exactly 25 has no second page", () => {
  expect(page(withSecrets(25), null).next).toBeNull();
});

test("a listed secret has the attributes of its newest version and no value", () => {
  const world = withSecrets(1);
  world.sim.runUntil(START + 5_000);
  world.run((v) => v.updateSecret("kvdemo", "secret00", { enabled: false }));
  expect(page(world, null).secrets).toEqual([
    {
      name: "secret00",
      enabled: false,
      created: START / 1000,
      updated: START / 1000 + 5,
    },
  ]);
});

test("a list is one audited request about the vault", () => {
  const world = withSecrets(1);
  page(world, null);
  const { data, instance } = world.audit().at(-1)!;
  expect(data).toMatchObject({
    operation: "SecretList",
    uri: "/secrets?api-version=7.4",
    name: null,
    status: 200,
    pod: "default/busybox",
  });
  expect(instance.fact.about).toBe("kvdemo|default/busybox|SecretList");
});

test("a list without a token is answered with the challenge", () => {
  const error = errorOf(withSecrets(1).reply({ ...LIST, token: null }));
  expect(error.status).toBe(401);
  expect(error.challenge?.resource).toBe("https://vault.azure.net");
});

test("a fault of the list meets the list and no get", () => {
  const world = withSecrets(1);
  const effect = { kind: "respond", status: 503 } as const;
  const fault = { operation: "SecretList", object: null, effect };
  world.run((v) => v.fault("kvdemo", fault, START + 60_000));
  expect(errorOf(world.reply(LIST)).status).toBe(503);
  expect(world.reply({ name: "secret00" }).ok).toBe(true);
});

test("a caller with a lineage has its draws by it, whatever its pod's name is", () => {
  const drawOf = (pod: string, lineage?: string) => {
    const world = withSecrets(1);
    const named = lineage === undefined ? {} : { lineage };
    world.reply({ name: "secret00", caller: { ...aCaller(pod), ...named } });
    return world.audit().at(-1)!.instance.draw!.name;
  };
  const lineage = "default/deployment/web/2";
  expect(drawOf("default/web-6f9c-x2x", lineage)).toBe(
    "keyvault/kvdemo/default/deployment/web/2/SecretGet",
  );
  expect(drawOf("default/web-77aa-p9d", lineage)).toBe(
    drawOf("default/web-6f9c-x2x", lineage),
  );
  expect(drawOf("default/busybox")).toBe(
    "keyvault/kvdemo/default/busybox/SecretGet",
  );
});

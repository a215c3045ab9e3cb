import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8ToBytes } from "../../src/kernel/bytes.ts";
import {
  START,
  aRequest,
  aWorld,
  errorOf,
  inShort,
  resultOf,
} from "./support.ts";
import type { World } from "./support.ts";

const SECOND = START / 1000;
const VERSION = /^[0-9a-f]{32}$/;

function set(world: World, name: string, value = "v") {
  const done = world.run((v) => v.setSecret("kvdemo", name, { value }));
  return resultOf(done).bundle;
}

function get(world: World, name: string, version: string | null = null) {
  const client = aRequest();
  return world.run((v) => v.secrets.get("kvdemo", { name, version }, client));
}

describe("setting a secret", () => {
  test("answers a versioned id, the value and the default attributes, and nothing that was never set", () => {
    const { content, ...bundle } = set(aWorld(), "secret1", "the first value");
    expect(bundle).toEqual({
      value: "the first value",
      id: `https://kvdemo.vault.azure.net/secrets/secret1/${bundle.version}`,
      version: expect.stringMatching(VERSION),
      attributes: {
        enabled: true,
        created: SECOND,
        updated: SECOND,
        recoveryLevel: "Recoverable+Purgeable",
        recoverableDays: 90,
      },
    });
    expect(content).toMatchObject({
      object: "kvdemo/secrets/secret1",
      version: bundle.version,
      ordinal: 1,
      form: "as-is",
    });
  });

  test("keeps content type, tags and dates", () => {
    const world = aWorld();
    const { bundle } = resultOf(
      world.run((v) =>
        v.setSecret("kvdemo", "secret1", {
          value: "x",
          contentType: "text/plain",
          tags: { app: "shop" },
          notBefore: START + 1999,
          expires: START + 60_000,
        }),
      ),
    );
    expect(bundle.contentType).toBe("text/plain");
    expect(bundle.tags).toEqual({ app: "shop" });
    expect(bundle.attributes).toMatchObject({
      nbf: SECOND + 1,
      exp: SECOND + 60,
    });
  });

  test("accepts an empty value and one of 25,600 characters, and puts their bytes into the value book", () => {
    const world = aWorld();
    const longest = "ä".repeat(25_600);
    expect(set(world, "empty", "").value).toBe("");
    const { content, value } = set(world, "long", longest);
    expect(value).toBe(longest);
    expect(world.values.get(content)).toEqual(utf8ToBytes(longest));
  });

  test("refuses a value of 25,601 characters and makes no version", () => {
    const world = aWorld();
    const error = errorOf(
      world.run((v) =>
        v.setSecret("kvdemo", "secret1", { value: "x".repeat(25_601) }),
      ),
    );
    expect(inShort(error)).toBe("400 BadParameter SecretTooLarge");
    expect(errorOf(get(world, "secret1")).code).toBe("SecretNotFound");
  });

  test("refuses a body without a value", () => {
    const world = aWorld();
    const error = errorOf(
      world.run((v) =>
        v.secrets.set("kvdemo", { name: "secret1", value: null }, aRequest()),
      ),
    );
    expect(error.message).toBe("Property  has invalid value");
  });

  test.each([
    ["an empty name", "", "405 MethodNotAllowed"],
    ["an underscore", "My_Azure_Secret", "400 BadParameter"],
    ["128 characters", "a".repeat(128), "400 BadParameter"],
  ])("refuses a name with %s", (_, name, expected) => {
    const world = aWorld();
    const done = world.run((v) => v.setSecret("kvdemo", name, { value: "x" }));
    expect(inShort(errorOf(done))).toBe(expected);
  });

  test("accepts a name of 127 characters", () => {
    expect(set(aWorld(), "a".repeat(127)).version).toMatch(VERSION);
  });

  test.each([
    ["16 tags", { tags: numbered(16) }, false],
    ["15 tags", { tags: numbered(15) }, true],
    [
      "a tag name of 513 characters",
      { tags: { ["n".repeat(513)]: "" } },
      false,
    ],
    ["a tag value of 513 characters", { tags: { n: "v".repeat(513) } }, false],
    [
      "a tag of 512 and 512",
      { tags: { ["n".repeat(512)]: "v".repeat(512) } },
      true,
    ],
    [
      "a content type of 256 characters",
      { contentType: "c".repeat(256) },
      false,
    ],
    [
      "a content type of 255 characters",
      { contentType: "c".repeat(255) },
      true,
    ],
  ])("%s: within the limits or refused as BadParameter", (_, more, fits) => {
    const world = aWorld();
    const done = world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "x", ...more }),
    );
    expect(done.ok ? "ok" : done.error.code).toBe(fits ? "ok" : "BadParameter");
  });

  test("makes a new version of an equal value too, and the older one stays readable", () => {
    const world = aWorld();
    const first = set(world, "secret1", "same");
    const second = set(world, "secret1", "same");
    expect(second.version).not.toBe(first.version);
    expect(second.content.ordinal).toBe(2);
    expect(resultOf(get(world, "secret1")).bundle.id).toBe(second.id);
    const old = resultOf(get(world, "secret1", first.version));
    expect(old.bundle.id).toBe(first.id);
  });

  test("accepts an expiry in the past", () => {
    const world = aWorld();
    const done = world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "x", expires: START - 1 }),
    );
    expect(done.ok).toBe(true);
  });

  test("compares names without case and keeps the first spelling", () => {
    const world = aWorld();
    set(world, "DbPassword", "one");
    const second = set(world, "dbpassword", "two");
    expect(second.id).toContain("/secrets/DbPassword/");
    expect(second.content).toMatchObject({
      object: "kvdemo/secrets/DbPassword",
      ordinal: 2,
    });
    expect(resultOf(get(world, "DBPASSWORD")).bundle.value).toBe("two");
  });
});

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`tag${i}`, ""]),
  );
}

describe("getting a secret", () => {
  test("is refused for a missing name and for a missing version, each with its text", () => {
    const world = aWorld();
    set(world, "secret1");
    const missing = errorOf(get(world, "nothing"));
    expect(inShort(missing)).toBe("404 SecretNotFound");
    expect(missing.message).toContain("(name/id) nothing was not found");
    expect(errorOf(get(world, "secret1", "0".repeat(32))).message).toContain(
      `(name/id) secret1/${"0".repeat(32)} was not found`,
    );
  });

  test("is refused for an illegal name", () => {
    expect(errorOf(get(aWorld(), "My_Azure_Secret")).message).toBe(
      "The request URI contains an invalid name: My_Azure_Secret",
    );
  });

  test("works before nbf and after exp: they inform and never block", () => {
    const world = aWorld();
    world.run((v) =>
      v.setSecret("kvdemo", "secret1", {
        value: "x",
        notBefore: START + 86_400_000,
        expires: START - 86_400_000,
      }),
    );
    expect(resultOf(get(world, "secret1")).bundle.value).toBe("x");
  });

  test("of a disabled newest version is refused and does not fall back to an older enabled one", () => {
    const world = aWorld();
    const first = set(world, "secret1", "old");
    world.run((v) =>
      v.setSecret("kvdemo", "secret1", { value: "new", enabled: false }),
    );
    const error = errorOf(get(world, "secret1"));
    expect(inShort(error)).toBe("403 Forbidden SecretDisabled");
    expect(error.message).toContain("not allowed on a disabled secret");
    const old = resultOf(get(world, "secret1", first.version));
    expect(old.bundle.value).toBe("old");
  });
});

describe("updating a secret", () => {
  test("changes the expiry of the newest version, makes no version and shows no value", () => {
    const world = aWorld();
    const { version } = set(world, "secret1", "kept");
    world.sim.runUntil(START + 5000);
    const { properties } = resultOf(
      world.run((v) =>
        v.updateSecret("kvdemo", "secret1", { expires: START + 90_000 }),
      ),
    );
    expect(properties).not.toHaveProperty("value");
    expect(properties.attributes).toMatchObject({
      exp: SECOND + 90,
      created: SECOND,
      updated: SECOND + 5,
    });
    const { bundle } = resultOf(get(world, "secret1"));
    expect(bundle).toMatchObject({ ...properties, version, value: "kept" });
  });

  test("works on a disabled version and leaves out what it does not name", () => {
    const world = aWorld();
    world.run((v) =>
      v.setSecret("kvdemo", "secret1", {
        value: "x",
        enabled: false,
        contentType: "text/plain",
        tags: { a: "1", b: "2" },
      }),
    );
    const { properties } = resultOf(
      world.run((v) =>
        v.updateSecret("kvdemo", "secret1", { tags: { c: "3" } }),
      ),
    );
    expect(properties.attributes).toMatchObject({ enabled: false });
    expect(properties.contentType).toBe("text/plain");
    expect(properties.tags).toEqual({ c: "3" });
    world.run((v) => v.updateSecret("kvdemo", "secret1", { enabled: true }));
    expect(resultOf(get(world, "secret1")).bundle.value).toBe("x");
  });

  test("changes the version it names and no other", () => {
    const world = aWorld();
    const first = set(world, "secret1", "one");
    set(world, "secret1", "two");
    const version = first.version;
    world.run((v) =>
      v.updateSecret("kvdemo", "secret1", { version, enabled: false }),
    );
    expect(inShort(errorOf(get(world, "secret1", version)))).toBe(
      "403 Forbidden SecretDisabled",
    );
    expect(resultOf(get(world, "secret1")).bundle.value).toBe("two");
  });

  test("is refused for a missing name, a missing version and too many tags", () => {
    const world = aWorld();
    set(world, "secret1");
    const refusal = (name: string, more: object) =>
      inShort(errorOf(world.run((v) => v.updateSecret("kvdemo", name, more))));
    expect(refusal("nothing", {})).toBe("404 SecretNotFound");
    expect(refusal("secret1", { version: "f".repeat(32) })).toBe(
      "404 SecretNotFound",
    );
    expect(refusal("secret1", { tags: numbered(16) })).toBe("400 BadParameter");
  });
});

describe("listing", () => {
  test("shows base ids with the attributes of the newest version and no value", () => {
    const world = aWorld();
    set(world, "alpha");
    world.run((v) =>
      v.setSecret("kvdemo", "beta", { value: "x", enabled: false }),
    );
    const { page } = resultOf(
      world.run((v) => v.secrets.list("kvdemo", {}, aRequest())),
    );
    expect(page.next).toBeNull();
    expect(page.items.map(({ id }) => id)).toEqual([
      "https://kvdemo.vault.azure.net/secrets/alpha",
      "https://kvdemo.vault.azure.net/secrets/beta",
    ]);
    expect(page.items[1]!.attributes).toMatchObject({ enabled: false });
    expect(page.items[1]).not.toHaveProperty("value");
  });

  test("gives 25 items a page unless fewer are asked for, and never more", () => {
    const world = aWorld();
    for (let i = 0; i < 26; i++) set(world, `secret${i}`);
    const size = (maxResults?: number) =>
      resultOf(
        world.run((v) =>
          v.secrets.list(
            "kvdemo",
            maxResults === undefined ? {} : { maxResults },
            aRequest(),
          ),
        ),
      ).page.items.length;
    expect([size(), size(1), size(24), size(1000)]).toEqual([25, 1, 24, 25]);
  });

  test("walks through secrets, versions and deleted secrets by pages of any size, each item once", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 25 }),
        (count, maxResults) => {
          const world = aWorld({ config: { deleteTimeMs: 0 } });
          const { secrets } = world.vaults;
          const client = aRequest();
          for (let i = 0; i < count; i++) {
            set(world, `kept${i}`);
            set(world, "many");
            set(world, `gone${i}`);
            world.run((v) => v.deleteSecret("kvdemo", `gone${i}`));
          }
          const walk = (list: (after: { after?: string }) => unknown) =>
            world.run(() => countPages(list, maxResults));
          expect(
            walk((after) =>
              secrets.list("kvdemo", { maxResults, ...after }, client),
            ),
          ).toBe(count === 0 ? 0 : count + 1);
          expect(
            walk((after) =>
              secrets.listVersions(
                "kvdemo",
                "many",
                { maxResults, ...after },
                client,
              ),
            ),
          ).toBe(count);
          expect(
            walk((after) =>
              secrets.listDeleted("kvdemo", { maxResults, ...after }, client),
            ),
          ).toBe(count);
        },
      ),
      { seed: 7, numRuns: 15 },
    );
  });

  test("finds no versions of a name that does not exist, and no error", () => {
    const world = aWorld();
    const done = world.run((v) =>
      v.secrets.listVersions("kvdemo", "nothing", {}, aRequest()),
    );
    expect(resultOf(done).page).toEqual({ items: [], next: null });
  });

  test("refuses the versions of an illegal name", () => {
    const world = aWorld();
    const done = world.run((v) =>
      v.secrets.listVersions("kvdemo", "a_b", {}, aRequest()),
    );
    expect(inShort(errorOf(done))).toBe("400 BadParameter");
  });
});

/** Follows `next` to the end; the number of different items seen. */
function countPages(
  list: (after: { after?: string }) => unknown,
  maxResults: number,
): number {
  const seen = new Set<string>();
  let after: { after?: string } = {};
  for (;;) {
    const { page } = list(after) as {
      page: { items: readonly object[]; next: string | null };
    };
    expect(page.items.length).toBeLessThanOrEqual(maxResults);
    for (const item of page.items) {
      const key = JSON.stringify(item);
      expect(seen).not.toContain(key);
      seen.add(key);
    }
    if (page.next === null) return seen.size;
    after = { after: page.next };
  }
}

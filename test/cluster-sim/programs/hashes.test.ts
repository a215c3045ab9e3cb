import { describe, expect, it } from "vitest";
import {
  DELETED_HASH,
  hashOf,
  oldHashOf,
} from "../../../src/cluster-sim/programs/reloader/hashes.ts";
import type { ApiObject } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aPodStatus } from "../support.ts";
import { aSecretOf, base64 } from "./support.ts";

const object = (manifest: JsonObject) => manifest as unknown as ApiObject;
const EMPTY = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

function aStatus(objects?: JsonObject[]): ApiObject {
  const secretProviderClassName = "azure-kvname-wi";
  const status = { secretProviderClassName, ...(objects ? { objects } : {}) };
  return object(aPodStatus("web", {}, status));
}

describe("Reloader's hash", () => {
  it.each<[Record<string, string>, string]>([
    [
      { mysecret: "Hello From Key Vault CSI" },
      "7f8cfa08b06f946ed77ed48136233e27fe714c8b",
    ],
    [
      { mysecret: "Updated Secret" },
      "51abd8fbaeb1dc08794ca1e649cd91b57ad65e38",
    ],
    [{ a: "1", b: "2" }, "f83e99e324ba68ccc373a58ef1eb42f8ab88646a"],
    [{ b: "2", a: "1" }, "f83e99e324ba68ccc373a58ef1eb42f8ab88646a"],
    [{}, EMPTY],
  ])("of a Secret with %j is %s [reloader.md 1.6]", (data, hash) => {
    expect(hashOf("SECRET", object(aSecretOf(data)))).toBe(hash);
  });

  it("of a Secret without data is that of nothing", () => {
    const { data: _, ...bare } = aSecretOf({});
    expect(hashOf("SECRET", object(bare))).toBe(EMPTY);
  });

  it("of a status is of its ids, versions and its class [reloader.md 1.6]", () => {
    const id = "secret/Secret";
    const version = "0c7751761b5a4ca09f3deec5fba4af83";
    expect(hashOf("SECRETPROVIDERCLASS", aStatus([{ id, version }]))).toBe(
      "902b33069527fdc102608e691df1fb3dc715e486",
    );
  });

  it("of a status that had no objects yet is none", () => {
    expect(oldHashOf("SECRETPROVIDERCLASS", aStatus())).toBe("");
    expect(oldHashOf("SECRETPROVIDERCLASS", aStatus([]))).not.toBe("");
  });

  it("of a ConfigMap has its text and the base64 of its bytes", () => {
    const configMap = (members: JsonObject) =>
      hashOf("CONFIGMAP", object({ kind: "ConfigMap", ...members }));
    const both = configMap({
      data: { b: "2" },
      binaryData: { a: base64("1") },
    });
    // a=MQ==;b=2
    expect(both).toBe(configMap({ data: { a: "MQ==", b: "2" } }));
    expect(both).not.toBe(configMap({ data: { a: "1", b: "2" } }));
  });

  it("of a Secret has the bytes as they are, whatever they mean", () => {
    const bytes = { ...aSecretOf({}), data: { k: "/w==" } };
    const other = { ...aSecretOf({}), data: { k: "/g==" } };
    expect(hashOf("SECRET", object(bytes))).not.toBe(
      hashOf("SECRET", object(other)),
    );
  });

  it("of what was deleted is that of a fixed text", () => {
    expect(DELETED_HASH).toMatch(/^[0-9a-f]{40}$/);
    expect(DELETED_HASH).not.toBe(EMPTY);
  });
});

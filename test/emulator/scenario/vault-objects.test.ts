/** Keys and certificates, in vaults and steps: what they mean, and their mistakes. */
import { describe, expect, it } from "vitest";

import { WITH_POD, loadText, mistakesOf, problemsOf, step } from "./support.ts";

describe("keys and certificates", () => {
  it("of the head are set up after the vault's secrets, in the file's order", () => {
    const text = WITH_POD.replace(
      "    secrets: {secret1: the first value}\n",
      "    certificates: {tls: {chain: true, contentType: application/x-pem-file}, b: {}}\n    keys: {sign: {keyType: EC, curve: P-384, tags: {a: b}}}\n    secrets: {secret1: the first value}\n",
    );
    const vault = "kvdemo";
    expect(loadText(text).setup.slice(1, 5)).toEqual([
      { kind: "setSecret", vault, name: "secret1", value: "the first value" },
      {
        kind: "setKey",
        vault,
        name: "sign",
        keyType: "EC",
        curve: "P-384",
        tags: { a: "b" },
      },
      {
        kind: "setCertificate",
        vault,
        name: "tls",
        chain: true,
        contentType: "application/x-pem-file",
      },
      { kind: "setCertificate", vault, name: "b" },
    ]);
  });

  it("a certificate's key and secret are known by its name", () => {
    const set =
      "{at: 1m, id: renew, setCertificate: {vault: kvdemo, name: tls}}";
    const get =
      "{at: 2m, fault: {vault: kvdemo, object: tls, drop: true, for: 1m}}";
    const drop = "{at: 3m, deleteSecret: {vault: kvdemo, name: TLS}}";
    const { steps } = loadText(
      `${WITH_POD}${[set, get, drop].map((each) => `  - ${each}\n`).join("")}`,
    );
    expect(steps[0]!.command).toEqual({
      kind: "setCertificate",
      vault: "kvdemo",
      name: "tls",
      id: "renew",
    });
  });

  it.each(["setKey", "setCertificate"])("a sink can see a %s step", (kind) => {
    const set = `  - {at: 1m, id: renew, ${kind}: {vault: kvdemo, name: tls}}\n`;
    const sees = `expect:\n  - {sink: {file: "busybox:/mnt/store/secret1"}, sees: renew}\n`;
    expect(loadText(WITH_POD + set + sees).expectations).toMatchObject([
      { kind: "sees", step: "renew" },
    ]);
  });

  it.each<[string, string]>([
    [
      "setKey: {vault: kvdemo, name: k, keyTyp: EC}",
      'keyTyp: unknown key "keyTyp"; did you mean "keyType"?',
    ],
    [
      "setKey: {vault: kvdemo, name: k, keyType: oct}",
      'oct: keyType: must be "RSA" or "RSA-HSM" or "EC" or "EC-HSM"',
    ],
    [
      "setKey: {vault: kvdemo, name: k, keySize: 1024}",
      "1024: keySize: must be 2048 or 3072 or 4096",
    ],
    [
      "setKey: {vault: kvdemo, name: k, curve: P-256}",
      "P-256: an RSA key has no curve",
    ],
    [
      "setCertificate: {vault: kvdemo, name: c, keyType: EC, keySize: 2048}",
      "2048: an EC key has no keySize",
    ],
    [
      "setCertificate: {vault: kvdemo, name: c_1}",
      'c_1: "c_1" is no name of a certificate',
    ],
    [
      "setKey: {vault: kvdem, name: k}",
      'kvdem: there is no vault "kvdem"; did you mean "kvdemo"?',
    ],
  ])("refuse %s", (body, says) => {
    expect(mistakesOf(body)).toEqual([says]);
  });

  it("says what to write instead", () => {
    const [problem] = problemsOf(
      step("setKey: {vault: kvdemo, name: k, curve: P-256}"),
    );
    expect(problem!.fix).toBe(
      'give "keySize": 2048, 3072, 4096; or "keyType: EC"',
    );
  });
});

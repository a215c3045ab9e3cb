import { describe, expect, test } from "vitest";
import type { SecretBundle } from "../../../../src/cluster-sim/ports.ts";
import {
  base64ToBytes,
  bytesToUtf8,
  utf8ToBytes,
} from "../../../../src/kernel/bytes.ts";
import { TEST_AUTHORITIES } from "../../../../src/keyvault-mock/test-keys/authorities.ts";
import { testKeysOf } from "../../../../src/keyvault-mock/test-keys/pool.ts";
import type { ProviderConfig } from "../../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";
import { writePem } from "../../../../src/kubelet-sim/csi-driver/pem.ts";
import {
  aBundle,
  aRequest,
  aWorld,
  anObjectsText,
  challenge,
  errorOf,
  mountNow,
  versionId,
} from "./support.ts";

const { chained, pkcs8 } = testKeysOf({ keyType: "EC", curve: "P-256" })[0]!;
const [INTERMEDIATE, ROOT] = TEST_AUTHORITIES as [string, string];
const LEAF = chained.cer;

const pemOf = (type: string, der: string) =>
  writePem({ type, bytes: base64ToBytes(der) });
const certificates = (...ders: readonly string[]) =>
  ders.map((der) => pemOf("CERTIFICATE", der)).join("");
const KEY_PEM = pemOf("PRIVATE KEY", pkcs8);
/** As `cert1` has it: leaf, intermediate, root. */
const CHAIN = certificates(LEAF, INTERMEDIATE, ROOT);

interface Mounting {
  readonly bundle?: Partial<SecretBundle>;
  /** The certificates inside the PFX, in its order; null: the vault never made it. */
  readonly inside?: string | null;
  readonly object?: string;
  readonly flags?: Partial<ProviderConfig>;
}

function mounting({
  bundle = {},
  inside = certificates(ROOT, LEAF, INTERMEDIATE),
  object = "",
  flags = {},
}: Mounting) {
  const secret: SecretBundle = {
    ...aBundle("cert1", chained.pfx),
    kid: `https://kv1.vault.azure.net/keys/cert1/${versionId(1)}`,
    contentType: "application/x-pkcs12",
    ...bundle,
  };
  const world = aWorld({
    flags,
    answer: ({ token }) =>
      token === null ? challenge() : { ok: true, bundle: secret },
  });
  if (inside !== null) {
    const put = (form: string, text: string) =>
      world.values.put({ ...secret.content, form }, utf8ToBytes(text));
    put("key-pem", KEY_PEM);
    put("certs-pem", inside);
  }
  const objects = anObjectsText(
    `objectName: cert1\nobjectType: secret${object}`,
  );
  return { world, request: aRequest({ objects }) };
}

function filesOf(options: Mounting) {
  const { world, request } = mounting(options);
  const { reply } = mountNow(world, request);
  if (!reply.ok) throw new Error(reply.message);
  return reply.files.map(({ path, bytes, content }) => ({
    path,
    text: bytesToUtf8(bytes),
    form: content.form,
  }));
}

const contentError = (options: Mounting) => {
  const { world, request } = mounting(options);
  return errorOf(world, request);
};

const PREFIX =
  "failed to get objectType:secret, objectName:cert1, objectVersion:: ";

describe("a PFX", () => {
  test("becomes the key, then leaf, intermediate and root", () => {
    expect(filesOf({})).toEqual([
      { path: "cert1", text: KEY_PEM + CHAIN, form: "pem" },
    ]);
  });

  test("keeps its order where the chain is not complete", () => {
    const inside = certificates(ROOT, LEAF);
    expect(filesOf({ inside })[0]!.text).toBe(KEY_PEM + inside);
  });

  test("keeps its order with --construct-pem-chain off", () => {
    const inside = certificates(ROOT, LEAF, INTERMEDIATE);
    expect(filesOf({ inside, flags: { constructPemChain: false } })).toEqual([
      { path: "cert1", text: KEY_PEM + inside, form: "pem-pfx-order" },
    ]);
  });

  test.each(["pfx", "PFX"])("is written as its base64 with %s", (format) => {
    expect(filesOf({ object: `\nobjectFormat: ${format}` })).toEqual([
      { path: "cert1", text: chained.pfx, form: "as-is" },
    ]);
  });

  test("is written in binary with objectFormat pfx and objectEncoding base64", () => {
    const object = "\nobjectFormat: pfx\nobjectEncoding: base64";
    const { world, request } = mounting({ object });
    const { reply } = mountNow(world, request);
    if (!reply.ok) throw new Error(reply.message);
    expect(reply.files[0]!.bytes).toEqual(base64ToBytes(chained.pfx));
  });

  test("that became PEM is not base64 any more: the error is Go's own, bare", () => {
    expect(contentError({ object: "\nobjectEncoding: base64" })).toBe(
      "illegal base64 data at input byte 0",
    );
  });

  test("that is not base64 fails with the object's name", () => {
    expect(contentError({ bundle: { value: "no pfx" } })).toBe(
      `${PREFIX}illegal base64 data at input byte 2`,
    );
  });

  test("that the vault never made is refused as not modelled", () => {
    expect(contentError({ inside: null })).toBe(
      `${PREFIX}pkcs12: a PFX that the vault did not make is not modelled in this version`,
    );
  });

  test("is converted once: the next mount has the same bytes", () => {
    const { world, request } = mounting({});
    const [first, second] = [1, 2].map(() => mountNow(world, request).reply);
    if (!first!.ok || !second!.ok) throw new Error("Failed to mount");
    expect(second!.files[0]!.bytes).toBe(first!.files[0]!.bytes);
  });
});

describe("the secret behind a certificate", () => {
  test("in PEM is written as it is", () => {
    const value = certificates(LEAF, ROOT, INTERMEDIATE) + KEY_PEM;
    const bundle = { value, contentType: "application/x-pem-file" };
    expect(filesOf({ bundle })).toEqual([
      { path: "cert1", text: value, form: "as-is" },
    ]);
  });

  test("of another content type fails", () => {
    expect(contentError({ bundle: { contentType: "text/plain" } })).toBe(
      `${PREFIX}failed to get certificate. unknown content type 'text/plain'`,
    );
  });

  test("is none without a key: any content type is written as it is", () => {
    const bundle = { kid: "", value: "hunter2" };
    expect(filesOf({ bundle })).toEqual([
      { path: "cert1", text: "hunter2", form: "as-is" },
    ]);
  });
});

describe("--write-cert-and-key-in-separate-files", () => {
  const flags = { writeCertAndKeyInSeparateFiles: true };

  test("adds the certificates and the key beside the file", () => {
    const object = "\nobjectAlias: tls/web";
    expect(filesOf({ flags, object })).toEqual([
      { path: "tls/web.crt", text: CHAIN, form: "crt" },
      { path: "tls/web.key", text: KEY_PEM, form: "key" },
      { path: "tls/web", text: KEY_PEM + CHAIN, form: "pem" },
    ]);
  });

  test("splits a PEM secret, too, in its own order", () => {
    const value = certificates(ROOT) + KEY_PEM + certificates(LEAF);
    const bundle = { value, contentType: "application/x-pem-file" };
    expect(filesOf({ flags, bundle }).map(({ text }) => text)).toEqual([
      certificates(ROOT, LEAF),
      KEY_PEM,
      value,
    ]);
  });

  test("leaves both empty for a PFX that stays one", () => {
    const object = "\nobjectFormat: pfx";
    const files = filesOf({ flags, object });
    expect(files.map(({ text }) => text)).toEqual(["", "", chained.pfx]);
  });

  test("is not there before provider 1.4.0, and not for a plain secret", () => {
    const old = filesOf({ flags: { ...flags, version: "1.3.0" } });
    expect(old.map(({ path }) => path)).toEqual(["cert1"]);
    const plain = filesOf({ flags, bundle: { kid: "", value: "x" } });
    expect(plain.map(({ path }) => path)).toEqual(["cert1"]);
  });
});

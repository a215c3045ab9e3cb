/** Which files become which keys, and the driver's texts when they cannot (csi-driver.md 5.2, 5.3, 9). */
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { bytesToBase64, utf8ToBytes } from "../../../src/kernel/bytes.ts";
import type { ContentRef } from "../../../src/kernel/content.ts";
import type { PodFile } from "../../../src/kubelet-sim/node-volumes.ts";
import type {
  SecretData,
  SecretObject,
} from "../../../src/kubelet-sim/csi-driver/secret-objects.ts";
import {
  sameData,
  secretData,
  secretManifest,
  secretObjectError,
} from "../../../src/kubelet-sim/csi-driver/secret-objects.ts";

function contentOf(name: string): ContentRef {
  const object = `kvdemo/secrets/${name}`;
  return {
    object,
    version: "a".repeat(32),
    ordinal: 1,
    form: "as-is",
    from: 7,
  };
}

function aFile(path: string, text: string): PodFile {
  const content = contentOf(path);
  return { path, bytes: utf8ToBytes(text), mode: 0o644, content };
}

function anObject(
  data: NonNullable<SecretObject["data"]>,
  type = "Opaque",
): SecretObject {
  return { secretName: "app", type, data };
}

function good(result: SecretData): SecretData & { ok: true } {
  if (!result.ok) throw new Error(`refused: ${result.error}`);
  return result;
}

const CERTIFICATE =
  "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n";
const TARGET = "/var/lib/kubelet/pods/uid-1/volumes/kubernetes.io~csi/kv/mount";

describe("secretObjects", () => {
  it("needs a name, then a type, then data", () => {
    const whole = anObject([{ objectName: "secret1", key: "password" }]);
    expect(secretObjectError(whole)).toBeNull();
    expect(secretObjectError({})).toBe("secret name is empty");
    expect(secretObjectError({ ...whole, secretName: "" })).toBe(
      "secret name is empty",
    );
    expect(secretObjectError({ ...whole, type: "" })).toBe(
      "secret type is empty",
    );
    expect(secretObjectError({ secretName: "app" })).toBe(
      "secret type is empty",
    );
    expect(secretObjectError({ ...whole, data: [] })).toBe("data is empty");
    expect(secretObjectError({ secretName: "app", type: "Opaque" })).toBe(
      "data is empty",
    );
  });

  it("copies a file's bytes and its content reference to the key", () => {
    const files = [aFile("secret1", "hunter2"), aFile("secret2", "höher")];
    const object = anObject([
      { objectName: "secret2", key: "zeta" },
      { objectName: "secret1", key: "alpha" },
    ]);
    const result = good(secretData(object, files));
    expect(result.data).toEqual({
      alpha: "aHVudGVyMg==",
      zeta: bytesToBase64(utf8ToBytes("höher")),
    });
    expect(Object.keys(result.data)).toEqual(["alpha", "zeta"]);
    expect(result.contents).toEqual({
      alpha: files[0]!.content,
      zeta: files[1]!.content,
    });
    expect(result.derived).toEqual([]);
  });

  it("finds files in sub-folders and of a version history by their path", () => {
    const files = [aFile("db/password", "a"), aFile("secret1/0", "b")];
    const object = anObject([
      { objectName: "db/password", key: "password" },
      { objectName: "secret1/0", key: "newest" },
    ]);
    expect(good(secretData(object, files)).data).toEqual({
      password: "YQ==",
      newest: "Yg==",
    });
  });

  it("ignores blanks around object name and key", () => {
    const object = anObject([{ objectName: " secret1\n", key: "\tpassword " }]);
    expect(good(secretData(object, [aFile("secret1", "a")])).data).toEqual({
      password: "YQ==",
    });
  });

  it("lets the later of two entries with one key win", () => {
    const files = [aFile("one", "1"), aFile("two", "2")];
    const object = anObject([
      { objectName: "one", key: "k" },
      { objectName: "two", key: "k" },
    ]);
    const result = good(secretData(object, files));
    expect(result.data).toEqual({ k: "Mg==" });
    expect(result.contents).toEqual({ k: files[1]!.content });
  });

  it("knows a file by its alias only, and says so in the driver's words", () => {
    const files = [aFile("the-alias", "a")];
    const byName = anObject([{ objectName: "secret1", key: "k" }]);
    expect(secretData(byName, files)).toEqual({
      ok: false,
      error: "file matching objectName secret1 not found in the pod",
    });
    const byAlias = anObject([{ objectName: "the-alias", key: "k" }]);
    expect(secretData(byAlias, files).ok).toBe(true);
  });

  it("refuses an entry without object name or key, the first bad entry first", () => {
    const files = [aFile("secret1", "a")];
    const noName = { ok: false, error: "object name in secretObjects.data" };
    const noKey = { ok: false, error: "key in secretObjects.data is empty" };
    expect(secretData(anObject([{ key: "k" }]), files)).toEqual(noName);
    expect(secretData(anObject([{ objectName: " " }]), files)).toEqual(noName);
    expect(secretData(anObject([{ objectName: "secret1" }]), files)).toEqual(
      noKey,
    );
    const missingFile = { objectName: "nowhere", key: " " };
    expect(secretData(anObject([missingFile, {}]), files)).toEqual(noKey);
  });

  it("copies bytes as they are for every type but kubernetes.io/tls", () => {
    const text = `not ${CERTIFICATE} alone`;
    for (const type of [
      "Opaque",
      "kubernetes.io/dockerconfigjson",
      "my/type",
    ]) {
      const object = anObject([{ objectName: "c", key: "tls.crt" }], type);
      const result = good(secretData(object, [aFile("c", text)]));
      expect(result.data).toEqual({
        "tls.crt": bytesToBase64(utf8ToBytes(text)),
      });
      expect(result.derived).toEqual([]);
    }
  });

  it("gives what it cuts out of a certificate's file a form of its own, and hands over the bytes", () => {
    const file = aFile("cert1", `Bag Attributes\n${CERTIFICATE}`);
    const object = anObject(
      [{ objectName: "cert1", key: "tls.crt" }],
      " kubernetes.io/tls ",
    );
    const result = good(secretData(object, [file]));
    const ref = { ...file.content, form: "tls.crt" };
    expect(result.data).toEqual({
      "tls.crt": bytesToBase64(utf8ToBytes(CERTIFICATE)),
    });
    expect(result.contents).toEqual({ "tls.crt": ref });
    expect(result.derived).toEqual([{ ref, bytes: utf8ToBytes(CERTIFICATE) }]);
  });

  it("names the file on the node when a certificate's key is none of the two", () => {
    const files = [aFile("cert1", CERTIFICATE)];
    const object = anObject(
      [{ objectName: "cert1", key: "ca.crt" }],
      "kubernetes.io/tls",
    );
    const reason =
      "err: key 'ca.crt' is not supported. Only 'tls.key' and 'tls.crt' are supported";
    expect(secretData(object, files, TARGET)).toEqual({
      ok: false,
      error: `failed to get cert data from file ${TARGET}/..data/cert1, ${reason}`,
    });
    expect(secretData(object, files)).toEqual({
      ok: false,
      error: `failed to get cert data from file cert1, ${reason}`,
    });
  });

  it("makes a Secret with the managed label beside the class's own labels", () => {
    const object: SecretObject = {
      secretName: " app ",
      type: "Opaque",
      labels: { team: "a", "secrets-store.csi.k8s.io/managed": "false" },
      annotations: { note: "n" },
    };
    expect(secretManifest(object, "shop", { k: "YQ==" })).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "app",
        namespace: "shop",
        labels: { team: "a", "secrets-store.csi.k8s.io/managed": "true" },
        annotations: { note: "n" },
      },
      type: "Opaque",
      data: { k: "YQ==" },
    });
  });

  it("makes a Secret without annotations when the class has none, of type Opaque when the type is blank", () => {
    const object = { secretName: "app", type: " ", annotations: {} };
    expect(secretManifest(object, "default", {})).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "app",
        namespace: "default",
        labels: { "secrets-store.csi.k8s.io/managed": "true" },
      },
      type: "Opaque",
      data: {},
    });
  });

  it("compares data by content, whatever the order of the keys", () => {
    expect(sameData({ a: "YQ==", b: "Yg==" }, { b: "Yg==", a: "YQ==" })).toBe(
      true,
    );
    expect(sameData({}, {})).toBe(true);
    expect(sameData({ a: "YQ==" }, { a: "Yg==" })).toBe(false);
    expect(sameData({ a: "YQ==" }, { b: "YQ==" })).toBe(false);
    expect(sameData({ a: "YQ==" }, { a: "YQ==", b: "Yg==" })).toBe(false);
    expect(sameData({ a: "YQ==", b: "Yg==" }, { a: "YQ==" })).toBe(false);
  });

  it("writes the same data for the same entries in any order", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z.-]{0,8}$/), {
      minLength: 1,
      maxLength: 8,
    });
    const orders = names.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(orders, ([list, shuffled]) => {
        const files = list.map((name) => aFile(name, `value of ${name}`));
        const read = (order: readonly string[]): string => {
          const data = order.map((name) => ({ objectName: name, key: name }));
          return JSON.stringify(good(secretData(anObject(data), files)));
        };
        expect(read(shuffled)).toBe(read(list));
      }),
      { seed: 2, numRuns: 100 },
    );
  });
});

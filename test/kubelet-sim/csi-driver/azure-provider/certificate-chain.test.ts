import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64ToBytes, utf8ToBytes } from "../../../../src/kernel/bytes.ts";
import { TEST_AUTHORITIES } from "../../../../src/keyvault-mock/test-keys/authorities.ts";
import { testKeysOf } from "../../../../src/keyvault-mock/test-keys/pool.ts";
import { orderChain } from "../../../../src/kubelet-sim/csi-driver/azure-provider/certificate-chain.ts";
import { DER, writeDer } from "../../../../src/kubelet-sim/csi-driver/der.ts";
import type { PemBlock } from "../../../../src/kubelet-sim/csi-driver/pem.ts";

const block = (bytes: Uint8Array): PemBlock => ({ type: "CERTIFICATE", bytes });

const SUBJECT = Uint8Array.of(0x55, 0x1d, 0x0e);
const AUTHORITY = Uint8Array.of(0x55, 0x1d, 0x23);
const KEY_ID = 0x80;
const EXTENSIONS = 0xa3;

const extension = (oid: Uint8Array, value: Uint8Array) =>
  writeDer(
    DER.sequence,
    writeDer(DER.objectIdentifier, oid),
    writeDer(DER.octetString, value),
  );

/** As little of a certificate as the chain looks at; `name` keeps it apart from others. */
function certificate(
  name: string,
  { ski, aki }: { readonly ski?: string; readonly aki?: string },
): PemBlock {
  const extensions = [
    ...(ski === undefined
      ? []
      : [extension(SUBJECT, writeDer(DER.octetString, utf8ToBytes(ski)))]),
    ...(aki === undefined
      ? []
      : [
          extension(
            AUTHORITY,
            writeDer(DER.sequence, writeDer(KEY_ID, utf8ToBytes(aki))),
          ),
        ]),
  ];
  const body = writeDer(
    DER.sequence,
    writeDer(DER.octetString, utf8ToBytes(name)),
    writeDer(EXTENSIONS, writeDer(DER.sequence, ...extensions)),
  );
  return block(writeDer(DER.sequence, body));
}

const LEAF = certificate("leaf", { ski: "leaf", aki: "middle" });
const MIDDLE = certificate("middle", { ski: "middle", aki: "root" });
const ROOT = certificate("root", { ski: "root", aki: "root" });

const ordered = (...blocks: readonly PemBlock[]) => {
  const result = orderChain(blocks);
  return result.ok ? result.value : result.message;
};

describe("a chain", () => {
  test("is leaf, intermediate, root, whatever the order it came in", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([LEAF, MIDDLE, ROOT], { minLength: 3 }),
        (blocks) => {
          expect(ordered(...blocks)).toEqual([LEAF, MIDDLE, ROOT]);
        },
      ),
      { seed: 42 },
    );
  });

  test("of real certificates is found by their key ids", () => {
    for (const kind of [
      { keyType: "RSA", keySize: 2048 },
      { keyType: "EC", curve: "P-384" },
    ] as const) {
      const leaf = block(base64ToBytes(testKeysOf(kind)[0]!.chained.cer));
      const [middle, root] = TEST_AUTHORITIES.map((der) =>
        block(base64ToBytes(der)),
      );
      expect(ordered(root!, middle!, leaf)).toEqual([leaf, middle, root]);
    }
  });

  test("of one certificate, self-signed or not, is that certificate", () => {
    expect(ordered(ROOT)).toEqual([ROOT]);
    expect(ordered(LEAF)).toEqual([LEAF]);
  });

  test("with a link missing keeps its order", () => {
    expect(ordered(ROOT, LEAF)).toEqual([ROOT, LEAF]);
  });

  test("goes over a leaf without a subject key id", () => {
    const leaf = certificate("leaf", { aki: "middle" });
    expect(ordered(ROOT, MIDDLE, leaf)).toEqual([leaf, MIDDLE, ROOT]);
  });

  test("does not join certificates that have no key ids at all", () => {
    const [a, b] = [certificate("a", {}), certificate("b", {})];
    expect(ordered(b, a)).toEqual([b, a]);
  });
});

test("certificates that sign each other have no leaf", () => {
  const a = certificate("a", { ski: "a", aki: "b" });
  const b = certificate("b", { ski: "b", aki: "a" });
  expect(ordered(a, b)).toBe("no leaf found");
});

test("a chain that runs into a circle ends with an error", () => {
  const a = certificate("a", { ski: "a", aki: "b" });
  const b = certificate("b", { ski: "b", aki: "a" });
  const leaf = certificate("leaf", { ski: "leaf", aki: "a" });
  expect(ordered(leaf, a, b)).toBe("constructing chain resulted in cycle");
});

test("what is no certificate fails", () => {
  expect(ordered(block(utf8ToBytes("no certificate")))).toBe(
    "x509: malformed certificate",
  );
});

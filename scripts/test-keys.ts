/**
 * Makes the pool of test keys in `src/keyvault-mock/test-keys/`: keys of each kind that a vault knows, with certificates
 * and PFX files. Run by hand when a kind is added: every run makes other keys, and so changes what golden traces of
 * certificates hold. Needs openssl 3 (OPENSSL: its path).
 */
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";

const OUT = fileURLToPath(
  new URL("../src/keyvault-mock/test-keys/", import.meta.url),
);
const FROM = "20200101000000Z";
const UNTIL = "20491231235959Z";

const KINDS = [
  { file: "rsa-2048", constant: "RSA_2048", count: 4, modulusLength: 2048 },
  { file: "rsa-3072", constant: "RSA_3072", count: 2, modulusLength: 3072 },
  { file: "rsa-4096", constant: "RSA_4096", count: 2, modulusLength: 4096 },
  { file: "p-256", constant: "P_256", count: 3, namedCurve: "P-256" },
  { file: "p-384", constant: "P_384", count: 3, namedCurve: "P-384" },
  { file: "p-521", constant: "P_521", count: 3, namedCurve: "P-521" },
] as const;

const CONFIG = `
[ca]
default_ca = it
[it]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:false
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

const BANNER =
  "/** Test material, written by scripts/test-keys.ts. Never use it for anything real: these private keys are public. */";

const folder = mkdtempSync(join(tmpdir(), "test-keys-"));

/** Version 3 or later. */
const OPENSSL = process.env["OPENSSL"] ?? "openssl";

function openssl(...args: string[]): void {
  execFileSync(OPENSSL, args, { cwd: folder, stdio: "pipe" });
}

interface Signing {
  readonly subject: string;
  readonly certificate: string;
  /** The authority's name; null: self-signed. */
  readonly by: string | null;
  readonly extensions: "authority" | "leaf";
}

/** Signs the key `<subject>.key` and leaves `<certificate>.pem`. */
function sign({ subject, certificate, by, extensions }: Signing): void {
  const key = `${subject}.key`;
  const dn = `/CN=${subject}`;
  openssl(
    "req",
    "-new",
    "-config",
    "ca.cnf",
    "-key",
    key,
    "-subj",
    dn,
    "-out",
    "it.csr",
  );
  writeFileSync(join(folder, "index.txt"), "");
  const signer =
    by === null
      ? ["-selfsign", "-keyfile", key]
      : ["-cert", `${by}.pem`, "-keyfile", `${by}.key`];
  openssl(
    "ca",
    "-batch",
    "-notext",
    "-config",
    "ca.cnf",
    "-extensions",
    extensions,
    ...signer,
    "-startdate",
    FROM,
    "-enddate",
    UNTIL,
    "-in",
    "it.csr",
    "-out",
    `${certificate}.pem`,
  );
}

function derOf(certificate: string): Buffer {
  const pem = readFileSync(join(folder, `${certificate}.pem`), "utf8");
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
}

function certificateOf(subject: string, certificate: string, chain: boolean) {
  const more = chain ? ["-certfile", "authorities.pem"] : [];
  openssl(
    "pkcs12",
    "-export",
    "-inkey",
    `${subject}.key`,
    "-in",
    `${certificate}.pem`,
    ...more,
    "-keypbe",
    "PBE-SHA1-3DES",
    "-certpbe",
    "PBE-SHA1-3DES",
    "-macalg",
    "sha1",
    "-passout",
    "pass:",
    "-out",
    "it.pfx",
  );
  const der = derOf(certificate);
  return {
    cer: der.toString("base64"),
    x5t: createHash("sha1").update(der).digest("base64url"),
    pfx: readFileSync(join(folder, "it.pfx")).toString("base64"),
  };
}

function writeKey(name: string, key: KeyObject): void {
  const pem = key.export({ type: "pkcs8", format: "pem" });
  writeFileSync(join(folder, `${name}.key`), pem);
}

function newKey(kind: (typeof KINDS)[number]) {
  return "modulusLength" in kind
    ? generateKeyPairSync("rsa", kind)
    : generateKeyPairSync("ec", kind);
}

function testKey(kind: (typeof KINDS)[number], ordinal: number) {
  const name = `keyturn-test-${kind.file}-${ordinal}`;
  const { publicKey, privateKey } = newKey(kind);
  writeKey(name, privateKey);
  const { n, e, crv, x, y } = publicKey.export({ format: "jwk" });
  sign({
    subject: name,
    certificate: `${name}-self`,
    by: null,
    extensions: "leaf",
  });
  sign({
    subject: name,
    certificate: `${name}-chained`,
    by: INTERMEDIATE,
    extensions: "leaf",
  });
  return {
    name,
    jwk: n === undefined ? { crv, x, y } : { n, e },
    pkcs8: privateKey
      .export({ type: "pkcs8", format: "der" })
      .toString("base64"),
    selfSigned: certificateOf(name, `${name}-self`, false),
    chained: certificateOf(name, `${name}-chained`, true),
  };
}

const ROOT = "keyturn-test-root";
const INTERMEDIATE = "keyturn-test-intermediate";

async function makeAuthorities(): Promise<void> {
  for (const [name, by] of [
    [ROOT, null],
    [INTERMEDIATE, ROOT],
  ] as const) {
    writeKey(
      name,
      generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
    );
    sign({ subject: name, certificate: name, by, extensions: "authority" });
  }
  const pems = [INTERMEDIATE, ROOT].map((name) =>
    readFileSync(join(folder, `${name}.pem`), "utf8"),
  );
  writeFileSync(join(folder, "authorities.pem"), pems.join(""));
  const ders = [INTERMEDIATE, ROOT].map((n) => derOf(n).toString("base64"));
  await write(
    "authorities.ts",
    `
/** DER, base64: the intermediate that signed the chained certificates, then the root that signed it. */
export const TEST_AUTHORITIES: readonly string[] = ${JSON.stringify(ders)};
`,
  );
}

async function write(file: string, text: string): Promise<void> {
  const laidOut = await format(`${BANNER}\n${text}`, { parser: "typescript" });
  writeFileSync(join(OUT, file), laidOut);
}

try {
  writeFileSync(join(folder, "ca.cnf"), CONFIG);
  await makeAuthorities();
  for (const kind of KINDS) {
    const keys = Array.from({ length: kind.count }, (_, i) =>
      testKey(kind, i + 1),
    );
    await write(
      `${kind.file}.ts`,
      `import type { TestKey } from "./test-key.ts";

export const ${kind.constant}: readonly TestKey[] = ${JSON.stringify(keys)};
`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

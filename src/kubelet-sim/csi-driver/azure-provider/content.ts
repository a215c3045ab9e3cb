/**
 * From an object of the vault to its files: `objectFormat`, `objectEncoding`, keys and certificates as PEM (csi-driver.md 3.3).
 * What is inside a PFX comes from the value book (`CertificateForm`): nothing here decodes PKCS#12. Bytes that the value
 * book has not seen are put into it, each under a form of its own; those it has are shared.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` getSecret, getKey, getCertificate,
 * decodePKCS12, splitCertAndKey, getContentBytes at v1.8.2.
 * Differs: a secret behind a certificate without a content type fails like one of an unknown content type; upstream's process crashes.
 */
import type {
  CertificateBundle,
  CertificateForm,
  KeyBundle,
  SecretBundle,
  SecretItem,
  VaultReply,
  VersionItem,
} from "../../../cluster-sim/ports.ts";
import {
  Base64Error,
  HexError,
  base64ToBytes,
  bytesToUtf8,
  hexToBytes,
  utf8ToBytes,
} from "../../../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../../../kernel/content.ts";
import { readPem, writePem } from "../pem.ts";
import { orderChain } from "./certificate-chain.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";
import type { KeyVaultObject } from "./objects.ts";
import { publicKeyPem } from "./public-key-pem.ts";

/** One file of an object; `suffix` follows the object's file name. */
interface ObjectFile {
  readonly suffix: "" | ".crt" | ".key";
  readonly bytes: Uint8Array;
  readonly content: ContentRef;
}

/** The provider's flags for secrets behind certificates. */
export interface ContentFlags {
  readonly constructPemChain: boolean;
  readonly separateFiles: boolean;
}

/** An error that upstream reports without naming the object (`bare`), or with it. */
type Files =
  | { readonly ok: true; readonly value: readonly ObjectFile[] }
  | { readonly ok: false; readonly message: string; readonly bare: boolean };

const PEM = "application/x-pem-file";
const PFX = "application/x-pkcs12";
const CERTIFICATE = "CERTIFICATE";
const NOTHING = new Uint8Array();

/** What the vault answered, as files. */
export interface ObjectContent {
  readonly version: string;
  readonly files: Files;
}

type ObjectReply = Exclude<
  Extract<VaultReply, { readonly ok: true }>,
  | { readonly versions: readonly VersionItem[] }
  | { readonly secrets: readonly SecretItem[] }
>;

export function readObject(
  reply: ObjectReply,
  object: KeyVaultObject,
  flags: ContentFlags,
  values: ValueBook,
): ObjectContent {
  if ("bundle" in reply) {
    const { bundle } = reply;
    const files = secretFiles(bundle, object, flags, values);
    return { version: bundle.version, files };
  }
  if ("key" in reply)
    return { version: reply.key.version, files: keyFiles(reply.key, values) };
  const { certificate } = reply;
  const files = certificateFiles(certificate, values);
  return { version: certificate.version, files };
}

/** In the order in which the provider answers with them: `.crt` and `.key` before the file itself. */
function secretFiles(
  bundle: SecretBundle,
  object: KeyVaultObject,
  flags: ContentFlags,
  values: ValueBook,
): Files {
  const whole = secretText(bundle, object, flags, values);
  if (!whole.ok) return { ...whole, bare: false };
  const files =
    flags.separateFiles && isCertificate(bundle)
      ? [...separateFiles(whole.value, values), whole.value]
      : [whole.value];
  const encoded: ObjectFile[] = [];
  for (const file of files) {
    const decoded = decodeFile(file, object.objectEncoding, values);
    if (!decoded.ok) return { ...decoded, bare: true };
    encoded.push(decoded.value);
  }
  return { ok: true, value: encoded };
}

function keyFiles(bundle: KeyBundle, values: ValueBook): Files {
  const file = derive(bundle.content, "spki-pem", values, () => {
    const pem = publicKeyPem(bundle);
    return pem.ok ? checked(utf8ToBytes(pem.value)) : pem;
  });
  return oneFile(file);
}

/** The leaf alone, without its chain. */
function certificateFiles(bundle: CertificateBundle, values: ValueBook): Files {
  const file = derive(bundle.content, "pem", values, () => {
    const bytes = base64ToBytes(bundle.cer);
    return checked(utf8ToBytes(writePem({ type: CERTIFICATE, bytes })));
  });
  return oneFile(file);
}

function oneFile(file: Checked<ObjectFile>): Files {
  return file.ok ? { ok: true, value: [file.value] } : { ...file, bare: false };
}

const isCertificate = ({ kid = "" }: SecretBundle): boolean => kid !== "";

/** What the secret's own file holds before `objectEncoding`. */
function secretText(
  bundle: SecretBundle,
  { objectFormat }: KeyVaultObject,
  flags: ContentFlags,
  values: ValueBook,
): Checked<ObjectFile> {
  const { content, contentType = "" } = bundle;
  const asIs = () =>
    derive(content, "as-is", values, () => checked(utf8ToBytes(bundle.value)));
  if (!isCertificate(bundle) || contentType === PEM) return asIs();
  if (contentType !== PFX)
    return refused(
      `failed to get certificate. unknown content type '${contentType}'`,
    );
  if (objectFormat.toLowerCase() === "pfx") return asIs();
  const form = flags.constructPemChain ? "pem" : "pem-pfx-order";
  return derive(content, form, values, () =>
    pfxToPem(bundle, flags.constructPemChain, values),
  );
}

function pfxToPem(
  { value, content }: SecretBundle,
  constructPemChain: boolean,
  values: ValueBook,
): Checked<Uint8Array> {
  const pfx = decode(value, "base64");
  if (!pfx.ok) return pfx;
  const part = (form: CertificateForm) => values.get({ ...content, form });
  const [key, certificates] = [part("key-pem"), part("certs-pem")];
  if (key === null || certificates === null)
    return refused(
      "pkcs12: a PFX that the vault did not make is not modelled in this version",
    );
  let text = bytesToUtf8(certificates);
  if (constructPemChain) {
    const ordered = orderChain(readPem(certificates).blocks);
    if (!ordered.ok) return ordered;
    text = ordered.value.map(writePem).join("");
  }
  return checked(utf8ToBytes(bytesToUtf8(key) + text));
}

/** Both are empty for a PFX that is written as it is: it has no PEM block. */
function separateFiles(
  { bytes, content }: ObjectFile,
  values: ValueBook,
): ObjectFile[] {
  const order = content.form === "pem-pfx-order" ? "-pfx-order" : "";
  const { blocks } = readPem(bytes);
  const half = (
    suffix: ".crt" | ".key",
    form: string,
    wanted: boolean,
  ): ObjectFile => {
    const kept = blocks.filter(({ type }) => (type === CERTIFICATE) === wanted);
    const made =
      kept.length === 0 ? NOTHING : utf8ToBytes(kept.map(writePem).join(""));
    const ref = { ...content, form: made === NOTHING ? "empty" : form };
    const known = values.get(ref);
    if (known === null) values.put(ref, made);
    return { suffix, bytes: known ?? made, content: ref };
  };
  return [half(".crt", `crt${order}`, true), half(".key", "key", false)];
}

function derive(
  source: ContentRef,
  form: string,
  values: ValueBook,
  make: () => Checked<Uint8Array>,
): Checked<ObjectFile> {
  const content = form === source.form ? source : { ...source, form };
  const known = values.get(content);
  if (known !== null) return checked({ suffix: "", bytes: known, content });
  const made = make();
  if (!made.ok) return made;
  values.put(content, made.value);
  return checked({ suffix: "", bytes: made.value, content });
}

type Encoding = "as-is" | "base64" | "hex";

/** In any letter case; empty and `utf-8` take the text as it is. Bad data fails with Go's own text. */
function decodeFile(
  file: ObjectFile,
  objectEncoding: string,
  values: ValueBook,
): Checked<ObjectFile> {
  const encoding = encodingOf(objectEncoding);
  if (encoding === "as-is") return checked(file);
  const { form } = file.content;
  const decoded = derive(
    file.content,
    form === "as-is" ? encoding : `${form}-${encoding}`,
    values,
    () => decode(bytesToUtf8(file.bytes), encoding),
  );
  return decoded.ok
    ? checked({ ...decoded.value, suffix: file.suffix })
    : decoded;
}

function encodingOf(objectEncoding: string): Encoding {
  const lower = objectEncoding.toLowerCase();
  return lower === "base64" || lower === "hex" ? lower : "as-is";
}

function decode(
  value: string,
  encoding: "base64" | "hex",
): Checked<Uint8Array> {
  try {
    return checked(
      encoding === "hex" ? hexToBytes(value) : base64ToBytes(value),
    );
  } catch (error) {
    if (error instanceof Base64Error || error instanceof HexError)
      return refused(error.message);
    throw error;
  }
}

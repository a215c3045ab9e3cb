/**
 * From a secret's value to the bytes of its file: `objectEncoding` (csi-driver.md 3.3).
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/provider/provider.go` getContentBytes at v1.8.2.
 * Simplification: a secret behind a certificate is written as it is returned; PFX is not converted to PEM.
 */
import type { SecretBundle } from "../../../cluster-sim/ports.ts";
import {
  Base64Error,
  HexError,
  base64ToBytes,
  hexToBytes,
  utf8ToBytes,
} from "../../../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../../../kernel/content.ts";
import type { Checked } from "./checked.ts";
import { checked, refused } from "./checked.ts";

interface FileContent {
  readonly bytes: Uint8Array;
  readonly content: ContentRef;
}

/**
 * Decodes a value as `encoding` says, in any letter case; empty and `utf-8` take it as it is. Bytes that the value
 * book has not seen are put into it; those it has are shared. Bad data fails with Go's own text, without a prefix.
 */
export function fileContent(
  bundle: SecretBundle,
  encoding: string,
  values: ValueBook,
): Checked<FileContent> {
  const form = formOf(encoding);
  const content =
    form === bundle.content.form ? bundle.content : { ...bundle.content, form };
  const known = values.get(content);
  if (known !== null) return checked({ bytes: known, content });
  const bytes = decode(bundle.value, form);
  if (!bytes.ok) return bytes;
  values.put(content, bytes.value);
  return checked({ bytes: bytes.value, content });
}

type Form = "as-is" | "base64" | "hex";

function formOf(encoding: string): Form {
  const lower = encoding.toLowerCase();
  return lower === "base64" || lower === "hex" ? lower : "as-is";
}

function decode(value: string, form: Form): Checked<Uint8Array> {
  if (form === "as-is") return checked(utf8ToBytes(value));
  try {
    return checked(form === "hex" ? hexToBytes(value) : base64ToBytes(value));
  } catch (error) {
    if (error instanceof Base64Error || error instanceof HexError)
      return refused(error.message);
    throw error;
  }
}

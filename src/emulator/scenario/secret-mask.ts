/** Texts that may hold values of secrets, with each known value replaced by the name of its version. */
import { bytesToBase64, bytesToUtf8 } from "../../kernel/bytes.ts";
import { formatVersion, objectOf } from "../trace/versions.ts";
import type { SinkVersion } from "../trace/versions.ts";
import type { Observed } from "./judgement.ts";

interface Known {
  readonly text: string;
  readonly version: SinkVersion;
}

/** A secret's value, and the private key in the secret of a certificate. */
const FORMS = ["as-is", "key-pem"];

type Evidence = Pick<Observed, "index" | "sinks" | "reveal">;

export class SecretMask {
  /** Longest first, so that a value inside another one does not tear it apart. */
  readonly #known: readonly Known[];

  constructor({ index, sinks, reveal }: Evidence) {
    const vault = index.ofType("vault.secret.set").flatMap((set) => {
      const { version, ordinal } = set.data;
      const of = { object: objectOf(set), version, ordinal };
      return FORMS.map((form) => ({ ...of, form }));
    });
    const literals = sinks
      .secrets()
      .flatMap(({ namespace, name }) => sinks.secretWrites(namespace, name))
      .flatMap(({ contents }) => contents ?? []);
    const known = new Map<string, SinkVersion>();
    for (const version of [...vault, ...literals]) {
      const bytes = reveal(version);
      if (bytes === null || bytes.length === 0) continue;
      for (const write of [bytesToUtf8, bytesToBase64, bytesToHex]) {
        const text = write(bytes).trim();
        if (text !== "" && !known.has(text)) known.set(text, version);
      }
    }
    this.#known = [...known]
      .map(([text, version]) => ({ text, version }))
      .sort((a, b) => b.text.length - a.text.length);
  }

  apply(text: string): string {
    return this.#known.reduce(
      (masked, { text: value, version }) =>
        masked.replaceAll(value, () => `<${formatVersion(version)}>`),
      text,
    );
  }

  /** The objects whose values a text holds, each once. */
  objectsIn(text: string): string[] {
    const found = this.#known.filter(({ text: value }) => text.includes(value));
    return [...new Set(found.map(({ version }) => version.object))];
  }
}

function bytesToHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What the program in a pod's container does with the secret: the annotation `keyturn.dev/app` of the pod, a mapping in YAML
 * (`{how: polls-file, file: /mnt/secrets-store/password, every: 30s}`). A scenario's `applications:` writes the same annotation.
 *
 * Source: reloader.md 3 (watchers, reload sidecars), alternatives.md 2 (polling with the SDK)
 */
import type { DurationMs } from "../../kernel/time.ts";

export const APP_ANNOTATION = "keyturn.dev/app";

/** How it gets to know a new value. */
export const APP_KINDS = [
  /** When its process starts, and never again. */
  "reads-once",
  /** Whenever it uses the value: each request, or `every`. */
  "reads-each-use",
  /** Every so often. */
  "polls-file",
  /** On `..data` being moved over in the volume's directory. */
  "watches-directory",
  /** On the file or on `..data` itself, following the link: hears one change and is deaf from then on. */
  "watches-file",
  "watches-data-link",
  /** When a sidecar of the pod, which watches the directory, sends SIGHUP. */
  "reloads-on-signal",
  /** From Key Vault itself, every so often: in plain code, as .NET's configuration provider does, or Spring's. */
  "polls-vault",
  "dotnet",
  "spring",
  /** From Key Vault itself, when what it holds is older than `every`, or when the database refused it. */
  "caches-vault",
  "refetches-when-refused",
] as const;

export type AppKind = (typeof APP_KINDS)[number];

export interface AppSpec {
  readonly how: AppKind;
  /** Null: the pod's first container. */
  readonly container: string | null;
  readonly source:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "variable"; readonly name: string }
    | {
        readonly kind: "vault";
        readonly vault: string;
        readonly secret: string;
      };
  /** Its interval; null: the default of its kind, 5 m for plain code; `never` of .NET, whose default is not to reload. */
  readonly everyMs: DurationMs | null;
  /** Whether it waits `every` after each look has ended, or looks at fixed times from its start, the late ones at once. */
  readonly schedule: "fixed-delay" | "fixed-rate";
  /** Container of `reloads-on-signal` that watches and signals. */
  readonly sidecar: string | null;
  /** The database that it uses the value against, and how often; null: none. */
  readonly database: string | null;
  readonly requestEveryMs: DurationMs;
}

/** The union of all facts, and those of the world itself. */
import type { AzureFact } from "../../azure-mock/facts.ts";
import type { ClusterFact } from "../../cluster-sim/facts.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { FactOf } from "../../kernel/trace.ts";
import type { KeyVaultFact } from "../../keyvault-mock/facts.ts";
import type { KubeletFact } from "../../kubelet-sim/facts.ts";

/** First fact of every trace. `settings` is a `Settings` as JSON; `about` is the world. */
export type WorldStartedFact = FactOf<
  "world.started",
  { readonly nodes: readonly string[]; readonly settings: JsonObject }
>;

/** A `settings` command: the new settings as a whole. */
export type SettingsChangedFact = FactOf<
  "settings.changed",
  { readonly settings: JsonObject }
>;

/** A command was accepted. `about` is its id, or what it acts on; values are left out. Its effects have it as cause. */
export type CommandFact = FactOf<
  "command",
  {
    readonly kind: string;
    /** The scenario step's id, or empty. */
    readonly id: string;
    /** What it acts on: `kvdemo/secrets/secret1`, `default/Pod/busybox`, or empty. */
    readonly target: string;
  }
>;

/** The world refused a command, with the real system's error. */
export type CommandRefusedFact = FactOf<
  "command.refused",
  { readonly kind: string; readonly id: string; readonly error: string }
>;

/** Something broke, or is whole again. `about` is what: `vault kvdemo`, `link node-0 -> vault`. */
export type FaultFact = FactOf<
  "fault.began" | "fault.ended",
  {
    /** `vault`, `entra`, `link`, `provider`, `apiServer`, `watch`. */
    readonly target: string;
    /** Vault or node; empty for all. */
    readonly name: string;
    /** In words, for people: `answers 429`, `does not answer`, `5 s slower`. */
    readonly effect: string;
  }
>;

export type WorldFact =
  | WorldStartedFact
  | SettingsChangedFact
  | CommandFact
  | CommandRefusedFact
  | FaultFact;

export type AnyFact =
  KeyVaultFact | AzureFact | ClusterFact | KubeletFact | WorldFact;

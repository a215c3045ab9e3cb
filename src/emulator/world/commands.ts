/**
 * Everything that can change a world from outside: the union that the journal holds. A command is plain data and says
 * all that its effect depends on; whoever makes one has read files and resolved variables before.
 */
import type { JsonObject } from "../../kernel/json.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { AccessPolicy, VaultAccess } from "../../keyvault-mock/index.ts";
import type { SettingsOverride } from "./settings.ts";

export interface SecretAttributes {
  readonly enabled?: boolean;
  readonly notBefore?: EpochMs;
  readonly expires?: EpochMs;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export type { AccessPolicy, VaultAccess };

export type CommandBody =
  | {
      readonly kind: "createVault";
      readonly vault: string;
      readonly access: VaultAccess;
    }
  | ({
      readonly kind: "setSecret";
      readonly vault: string;
      readonly name: string;
      readonly value: string;
    } & SecretAttributes)
  | ({
      readonly kind: "updateSecret";
      readonly vault: string;
      readonly name: string;
      /** Default: the newest. */
      readonly version?: string;
    } & SecretAttributes)
  | {
      readonly kind: "deleteSecret" | "recoverSecret" | "purgeSecret";
      readonly vault: string;
      readonly name: string;
    }
  | {
      readonly kind: "access";
      readonly vault: string;
      readonly access: VaultAccess;
    }
  | {
      /** As `kubectl apply`: creates or updates. */
      readonly kind: "apply";
      readonly object: JsonObject;
    }
  | {
      readonly kind: "delete";
      readonly objectKind: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: "settings"; readonly settings: SettingsOverride };

export type Command = CommandBody & {
  /** The scenario step that gave it, for expectations and reports. */
  readonly id?: string;
};

/** A command with its instant: one entry of the journal. */
export interface JournalEntry {
  readonly at: EpochMs;
  readonly command: Command;
}

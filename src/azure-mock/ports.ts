/** What stands around the vault asks of it beyond what every client may. Connected in `emulator/world`. */
import type { ContentRef } from "../kernel/content.ts";

/** A version of a secret that was just set. */
export interface SecretSet {
  readonly vault: string;
  readonly name: string;
  readonly version: string;
  readonly ordinal: number;
  /** The value book has its bytes. */
  readonly content: ContentRef;
  /** `seq` of its `vault.secret.set`. */
  readonly fact: number;
}

export interface SecretObserver {
  /** Tells of each new version at once, inside the handler or command that sets it. */
  onSecretSet(listener: (set: SecretSet) => void): void;
}

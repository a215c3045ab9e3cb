/** What stands around the vault asks of it beyond what every client may. Connected in `emulator/world`. */
import type { SecretSet } from "../keyvault-mock/index.ts";

export interface SecretObserver {
  /** Tells of each new version at once, inside the handler or command that sets it. */
  onSecretSet(listener: (set: SecretSet) => void): void;
}

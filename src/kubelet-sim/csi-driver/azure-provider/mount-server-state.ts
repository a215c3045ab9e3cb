/** What the server of a provider's mounts is made of, remembers and runs with. */
import type {
  TokenClaims,
  TokenSource,
  VaultClient,
} from "../../../cluster-sim/ports.ts";
import type { ValueBook } from "../../../kernel/content.ts";
import type { SimEvent } from "../../../kernel/event-queue.ts";
import type { ReplyTo } from "../../../kernel/port.ts";
import type { Simulation } from "../../../kernel/simulation.ts";
import type { MountReply } from "./mount.ts";
import type { MountProgress } from "./mount-progress.ts";

export interface MountServerOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly nodeIp: string;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly values: ValueBook;
  /** Told once for each mount that was begun and neither cancelled nor broken off. */
  readonly answered: (replyTo: ReplyTo, reply: MountReply) => void;
}

/** The flags and the version that a process runs with. */
export interface ProviderConfig {
  readonly version: string;
  readonly constructPemChain: boolean;
  /** Differs: before provider 1.4.0 the flag --write-cert-and-key-in-separate-files does not exist and is ignored. */
  readonly writeCertAndKeyInSeparateFiles: boolean;
}

export interface MountServerState {
  /** Under way, oldest first: few. A map that is filled and emptied all the time would make a new table every few entries. */
  mounts: MountProgress[];
  /** Managed identity tokens of the process. */
  readonly tokens: Map<string, TokenClaims>;
  /** Retries drawn so far, by owner of the volume. */
  readonly drawn: Map<string, number>;
  /** Whether the process was told of the token proxy when it started. */
  tokenProxy: boolean;
  /** What happens to a process that hangs; null: it does not. */
  frozen: SimEvent[] | null;
}

/** What a node keeps of an application while its process runs: plain data, gone when the process is. */
import type {
  Identity,
  TokenClaims,
  VaultReadOperation,
} from "../../cluster-sim/ports.ts";
import type { ContentRef } from "../../kernel/content.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { AppLookedFact } from "../facts.ts";
import type { AppSpec } from "./app-spec.ts";

/** The process of a container that is an application, or the sidecar of one. */
export interface AppRecord {
  readonly role: "application" | "sidecar";
  /** `<pod uid>/<container>` */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The container that the process runs in. */
  readonly container: string;
  readonly attempt: number;
  readonly spec: AppSpec;
  /** What the pod's draws are named by. */
  readonly owner: string;
  readonly lineage?: string;
  readonly serviceAccount: string;
  readonly identity: Identity;
  readonly startedAt: EpochMs;
  /** `seq` of the fact that it began. */
  started: number;
  /** The volume whose changes it hears; null: none. */
  volume: string | null;
  /** What its program holds; `from` is the fact that it does. */
  held: ContentRef | null;
  /** What its latest request presented. */
  presented: ContentRef | null;
  /** When it last got its value from the vault. */
  fetchedAt: EpochMs | null;
  /** Looks at fixed times: when the next one is due. */
  nextLookAt: EpochMs;
  /** Data of `app.looked` while nothing is new: the same object serves them all. */
  readonly unchanged: AppLookedFact["data"];
  /** Whether a use waits for the look that is under way. */
  useWaits: boolean;
  /** Counts requests to the database: a reply to an earlier one is nobody's. */
  requests: number;
  readonly client: SdkClient;
  pass: VaultPass | null;
  /** Secrets that .NET's provider holds, by name, with `updated` of each; null: none, or a pass has failed. */
  loaded: Map<string, LoadedSecret> | null;
  /** Whether a pass has succeeded. */
  everLoaded: boolean;
}

/** An SDK's client object for one vault. */
export interface SdkClient {
  token: TokenClaims | null;
  /** What the vault's challenge said; null before the first. */
  challenge: { readonly tenantId: string; readonly resource: string } | null;
  /** A token request under way, and the calls that wait for it. */
  signIn: { readonly turn: number; readonly calls: number[] } | null;
  readonly calls: Map<number, SdkCall>;
  /** Calls and sign-ins so far. */
  asked: number;
  /** Waits between tries drawn so far. */
  drawn: number;
}

/** One call of the program to the vault, with all its tries. */
export interface SdkCall {
  readonly operation: Extract<VaultReadOperation, "SecretGet" | "SecretList">;
  /** Empty for a list. */
  readonly name: string;
  /** `$skiptoken` of a later page. */
  readonly after: string | null;
  tries: number;
  /** Whether the current try has met a challenge. */
  challenged: boolean;
}

export interface LoadedSecret {
  /** Unix seconds. */
  readonly updated: number;
  /** Kept of the application's own secret alone. */
  readonly content: ContentRef | null;
}

/** One look at the vault: a get of the one secret, or the list of all and gets of those that are wanted. */
export interface VaultPass {
  /** Whether the last page of the list has come. */
  listed: boolean;
  /** Names whose get has not begun. */
  readonly queue: { readonly name: string; readonly updated: number }[];
  /** Calls in flight. */
  readonly calls: number[];
  /** What .NET's provider held when it began; null where it has nothing to compare with. */
  readonly before: Map<string, LoadedSecret> | null;
  /** What it will hold. */
  readonly found: Map<string, LoadedSecret>;
  /** Gets that have come. */
  got: number;
}

export function newClient(): SdkClient {
  return {
    token: null,
    challenge: null,
    signIn: null,
    calls: new Map(),
    asked: 0,
    drawn: 0,
  };
}

/** Names of secrets compare without case. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

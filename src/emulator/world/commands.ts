/**
 * Everything that can change a world from outside: the union that the journal holds. A command is plain data and says
 * all that its effect depends on; whoever makes one has read files and resolved variables before.
 */
import type { JsonObject } from "../../kernel/json.ts";
import type { DatabaseSpec } from "../../azure-mock/index.ts";
import type { LaneSpec } from "../../cluster-sim/index.ts";
import type { FaultEffect, PatchType } from "../../cluster-sim/ports.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import type { AccessPolicy, VaultAccess } from "../../keyvault-mock/index.ts";
import type { SettingsOverride } from "./settings.ts";

export interface SecretAttributes {
  readonly enabled?: boolean;
  readonly notBefore?: EpochMs;
  readonly expires?: EpochMs;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export type { DatabaseSpec, LaneSpec };
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
  | {
      /** As `kubectl patch`. */
      readonly kind: "patch";
      readonly objectKind: string;
      readonly namespace: string;
      readonly name: string;
      readonly patchType: PatchType;
      readonly body: JsonObject | readonly JsonObject[];
    }
  | {
      /** As `kubectl scale`. */
      readonly kind: "scale";
      readonly objectKind: string;
      readonly namespace: string;
      readonly name: string;
      readonly replicas: number;
    }
  | {
      /** As `kubectl rollout restart`. */
      readonly kind: "rolloutRestart";
      readonly objectKind: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: "createLane"; readonly lane: LaneSpec }
  | {
      /** What makes a lane fetch now: the annotation of an ExternalSecret, forceSynchronization, a change of an app's settings. */
      readonly kind: "refreshLane";
      readonly lane: string;
    }
  | { readonly kind: "createDatabase"; readonly database: DatabaseSpec }
  | { readonly kind: "settings"; readonly settings: SettingsOverride }
  | ({
      /** A new version of a key; its material comes from the pool of test keys, by draw. */
      readonly kind: "setKey";
      readonly vault: string;
      readonly name: string;
    } & KeyKind &
      Omit<SecretAttributes, "contentType">)
  | ({
      /** A new version of a certificate, with its key and secret. */
      readonly kind: "setCertificate";
      readonly vault: string;
      readonly name: string;
      /** Of the secret. Default PKCS#12. */
      readonly contentType?: "application/x-pkcs12" | "application/x-pem-file";
      /** Whether intermediate and root are in the secret. Default false: self-signed. */
      readonly chain?: boolean;
    } & KeyKind &
      Omit<SecretAttributes, "contentType">)
  | {
      readonly kind: "exec";
      /** Unique in the run: what facts and expectations call this execution. */
      readonly exec: string;
      readonly namespace: string;
      /**
       * A pod's name, `deployment/NAME` and its like as `kubectl exec` takes them, or `{.items[N].metadata.name}`: the N-th of
       * `kubectl get pods`, from 0.
       */
      readonly pod: string;
      /** `-l` of that `kubectl get pods`; absent: all pods of the namespace. */
      readonly selector?: string;
      /** Null: the only container, or the pod's first one, as kubectl takes it. */
      readonly container: string | null;
      readonly command: readonly string[];
    }
  | {
      readonly kind: "kill";
      readonly namespace: string;
      /** As of `exec`. */
      readonly pod: string;
      readonly selector?: string;
      /** Null: the only container. */
      readonly container: string | null;
      readonly exitCode: number;
    }
  | {
      readonly kind: "restart";
      readonly what:
        | "node"
        | "kubelet"
        | "driver"
        | "provider"
        | "apiServer"
        | "reloader"
        | "lane";
      /**
       * A node; null: every node, one after the other for a driver or provider. Of `reloader` the name of one of its pods, or
       * null for all. Of `lane` its name. Null for the API server.
       */
      readonly node: string | null;
      /** Null: as long as the profile says. */
      readonly downForMs: DurationMs | null;
    }
  | {
      readonly kind: "fault";
      readonly fault: Fault;
      readonly forMs: DurationMs;
    };

/** RSA keys have a size, elliptic ones a curve. Default RSA 2048. */
export interface KeyKind {
  readonly keyType?: "RSA" | "RSA-HSM" | "EC" | "EC-HSM";
  readonly keySize?: 2048 | 3072 | 4096;
  readonly curve?: "P-256" | "P-384" | "P-521";
}

/** What breaks. */
export type Fault =
  | {
      readonly target: "vault";
      readonly vault: string;
      /** Only this operation (`SecretGet`), only this object (`secret1`); null: all. */
      readonly operation: string | null;
      readonly object: string | null;
      readonly effect: FaultEffect;
    }
  | {
      /** Entra ID and the nodes' token endpoints. */
      readonly target: "entra";
      readonly effect: FaultEffect;
    }
  | {
      /** The way from a node to a peer; null: from every node. */
      readonly target: "link";
      readonly node: string | null;
      readonly to: "vault" | "entra" | "apiServer";
      readonly effect: FaultEffect;
    }
  | {
      /** A node's provider process hangs (drop), is gone (refuse), slow, or answers an error. Null: every node's. */
      readonly target: "provider";
      readonly node: string | null;
      readonly effect: FaultEffect;
    }
  | { readonly target: "apiServer"; readonly effect: FaultEffect }
  | {
      /** Watches break and come back no sooner than the fault ends. Null: those of every node. */
      readonly target: "watch";
      readonly node: string | null;
    };

/** What the n-th execution of a run is called, from 1. */
export function execName(n: number): string {
  return `exec-${n}`;
}

export type Command = CommandBody & {
  /** The scenario step that gave it, for expectations and reports. */
  readonly id?: string;
};

/** A command with its instant: one entry of the journal. */
export interface JournalEntry {
  readonly at: EpochMs;
  readonly command: Command;
}

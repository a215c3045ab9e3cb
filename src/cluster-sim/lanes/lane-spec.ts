/**
 * What a lane is: another way in which a change of a vault's secret reaches an application, in one shape for all of them:
 * trigger -> fetch -> publish -> consume. Plain data; one file a product beside this one says what its own are.
 *
 * Source: alternatives.md 1 (comparison), 4 (cluster controllers), 3 (platform references), 5 (sidecars), 7.1 (the shape)
 */
import type { DurationMs } from "../../kernel/time.ts";

export type LaneKind =
  /** External Secrets Operator. */
  | "external-secrets"
  /** Azure Key Vault to Kubernetes: the controller, and its env injector. */
  | "akv2k8s"
  | "akv2k8s-env"
  /** secrets-store-sync-controller, and its packaged form for Arc. */
  | "sync-controller"
  | "secret-store-extension"
  /** Azure App Configuration Kubernetes Provider, with Key Vault references. */
  | "app-configuration"
  /** Key Vault references of App Service and Functions, and of Container Apps. */
  | "app-service"
  | "container-apps"
  /** A Dapr secret store, asked by the application at each use. */
  | "dapr";

export interface LaneSpec {
  /** Unique in the run: sink `lane: NAME`, caller `lane/NAME` in the audit log. */
  readonly name: string;
  readonly kind: LaneKind;
  readonly vault: string;
  readonly secret: string;
  /** Pinned; null: the newest. */
  readonly version: string | null;
  /** Its interval; null: the product's default. */
  readonly everyMs: DurationMs | null;
  /** Random 0 to so much before each pass (Secret Store extension). */
  readonly jitterMs: DurationMs;
  /** When its process started, before the run's start, within its interval; null: drawn (warm); 0: with the run. */
  readonly phaseMs: DurationMs | null;
  /** Where it publishes, of those that write a Kubernetes Secret: namespace, name and key. */
  readonly target: {
    readonly namespace: string;
    readonly secret: string;
    readonly key: string;
  } | null;
  /** `refreshPolicy` of External Secrets. */
  readonly refreshPolicy: "Periodic" | "CreatedOnce" | "OnChange" | null;
}

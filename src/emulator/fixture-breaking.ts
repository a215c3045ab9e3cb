/** What a fixture's `restart` and `fault` take: as the steps of a scenario have them. */
import type { JsonObject } from "../kernel/json.ts";

/** What goes down. `null`: every node, or all of it; the API server has no name. */
export type FixtureRestart = (
  | { readonly node: string | null }
  | { readonly kubelet: string | null }
  | { readonly driver: string | null }
  | { readonly provider: string | null }
  | { readonly apiServer: null }
  /** One of its pods by name; `null`: all of them. */
  | { readonly reloader: string | null }
  | { readonly lane: string }
) & {
  /** `5s`; default: as the profile says. */
  readonly downFor?: string;
};

type Unreachable =
  | { readonly latency: string }
  | { readonly drop: true }
  | { readonly refuse: true };

/** An error instead of the real answer: its HTTP status, or more of it. */
type Respond = {
  readonly respond:
    | number
    | {
        readonly status: number;
        readonly code?: string;
        readonly message?: string;
        /** Whole seconds: `30s`. */
        readonly retryAfter?: string;
      };
};

/** What breaks, how, and for how long; `docs/faults.md` says what the real system does then. `null`: every node. */
export type FixtureFault = { readonly for: string } & (
  | ({
      readonly vault: string;
      /** Only this operation, like `SecretGet`. */
      readonly operation?: string;
      /** Only this secret, key or certificate. */
      readonly object?: string;
    } & (Unreachable | Respond))
  | ({
      readonly link: string | null;
      readonly to: "vault" | "entra" | "apiServer";
    } & Unreachable)
  | ({ readonly entra: null } & (Unreachable | Respond))
  | ({ readonly provider: string | null } & (Unreachable | Respond))
  | ({ readonly apiServer: null } & (Unreachable | Respond))
  | { readonly watches: string | null; readonly drop: true }
);

/** The vault that a fault names, declared for the loader: the world itself knows whether there is one. */
export function vaultsOf(fault: FixtureFault): JsonObject[] {
  if (!("vault" in fault)) return [];
  const { vault: name, object } = fault;
  const secrets = object === undefined ? {} : { [object]: "" };
  return [{ name, secrets }];
}

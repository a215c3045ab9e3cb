/**
 * How a lane reads its secret: the client's first request without a token, the sign-in, the GET, and the SDK's own retries.
 *
 * Source: key-vault.md 5.2, 8.3, 11; Azure/azure-sdk-for-go sdk/security/keyvault/internal/challenge_policy.go
 * Simplification: Lanes of the cluster and of Azure's platforms call from one made-up address each.
 */
import { invariant } from "../../kernel/errors.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import type { EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import { TOKEN_RENEWAL_MS } from "../defaults.ts";
import type {
  TokenClaims,
  TokenReply,
  TokenSource,
  VaultClient,
  VaultReply,
} from "../ports.ts";
import type { LaneProduct } from "./lane.ts";
import type { LaneRecord } from "./lane-record.ts";
import { passOf } from "./lane-record.ts";
import type { LanePassEvent } from "./lane.machine.ts";
import { sdkPause } from "./sdk-retry.ts";

/** What reading and writing need of the passes. */
export interface PassHost {
  lane(name: string): LaneRecord;
  product(lane: LaneRecord): LaneProduct;
  /** Of a new turn: replies of earlier ones are dropped. */
  replyTo(lane: LaneRecord, question: Question): ReplyTo;
  send(name: string, event: LanePassEvent): void;
  fail(name: string, error: string): void;
}

export type Question = "vault" | "token" | "target" | "create" | "patch";

interface LaneReaderOptions {
  readonly sim: Simulation;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly host: PassHost;
}

/** For those that carry no HTTP status and are not tried again. */
const NO_STATUS = 1;
const VAULT_RESOURCE = "https://vault.azure.net";
const ADDRESSES = { workload: "10.224.0.200", managed: "20.50.2.80" } as const;

export class LaneReader {
  readonly #options: LaneReaderOptions;
  readonly #host: PassHost;

  constructor(options: LaneReaderOptions) {
    this.#options = options;
    this.#host = options.host;
  }

  /** Asks the vault, without a token where the client has not seen the challenge. */
  ask(name: string): void {
    const { sim, vaults } = this.#options;
    const lane = this.#host.lane(name);
    const product = this.#host.product(lane);
    const { spec, client } = lane;
    const { token } = client;
    const knows = product.sdk === "autorest" || client.challenged;
    if (knows && !isFresh(token, sim.now))
      return this.#host.send(name, { type: "token.missing" });
    const pass = passOf(lane);
    pass.calls += 1;
    vaults.request(
      {
        vault: spec.vault,
        operation: "SecretGet",
        name: spec.secret,
        version: spec.version,
        apiVersion: product.apiVersion,
        token: knows ? token : null,
        caller: {
          pod: `lane/${name}`,
          ...(pass.get === 0 ? {} : { turn: pass.get }),
          node: null,
          ip: ADDRESSES[product.identity],
          userAgent: product.userAgent,
        },
      },
      this.#host.replyTo(lane, "vault"),
    );
  }

  onVault(name: string, reply: VaultReply): void {
    const lane = this.#host.lane(name);
    const { client } = lane;
    const pass = passOf(lane);
    if (reply.ok) {
      invariant(
        "bundle" in reply,
        "UnexpectedReply",
        `Failed to read the secret of lane ${name}: the vault answered something else`,
      );
      const { content } = reply.bundle;
      const isKnown = pass.content?.version === content.version;
      if (!isKnown) pass.from = content.from;
      pass.content = content;
      return this.#host.send(name, { type: "fetched" });
    }
    const { error } = reply;
    const { status, code, message, challenge } = error;
    if (challenge !== undefined) {
      const { authorization } = challenge;
      const isFirst = !client.challenged;
      client.challenged = true;
      client.tenantId = authorization.slice(authorization.lastIndexOf("/") + 1);
      if (isFirst && this.#host.product(lane).sdk === "azsecrets")
        return this.#host.send(name, { type: "token.missing" });
      client.token = null;
    }
    const text = status === 0 ? message : `${status} ${code}: ${message}`;
    this.#tryAgain(lane, error, text);
  }

  /** With a token that is kept it costs nothing. */
  signIn(name: string): void {
    const { sim, tokens } = this.#options;
    const lane = this.#host.lane(name);
    const { identity, serviceAccount } = this.#host.product(lane);
    const { token, tenantId } = lane.client;
    if (isFresh(token, sim.now))
      return this.#host.send(name, { type: "signed.in" });
    const clientId = sim.draws.uuid(`lane/${name}/client-id`, 0);
    tokens.getToken(
      {
        identity:
          identity === "workload"
            ? { mode: "workloadIdentity", clientId }
            : { mode: "vmUserAssigned", clientId },
        tenantId,
        resource: VAULT_RESOURCE,
        pod: `lane/${name}`,
        serviceAccount,
        node: "",
      },
      this.#host.replyTo(lane, "token"),
    );
  }

  onToken(name: string, reply: TokenReply): void {
    const lane = this.#host.lane(name);
    if (reply.ok) {
      lane.client.token = reply.token;
      return this.#host.send(name, { type: "signed.in" });
    }
    const failure = reply.error ?? { status: NO_STATUS };
    this.#tryAgain(lane, failure, reply.message);
  }

  /** The SDK's own retries; then the pass has failed. */
  #tryAgain(
    lane: LaneRecord,
    failure: { readonly status: number; readonly retryAfterSeconds?: number },
    error: string,
  ): void {
    const { draws } = this.#options.sim;
    const { name } = lane.spec;
    const pass = passOf(lane);
    pass.tries += 1;
    const { sdk } = this.#host.product(lane);
    const waitMs = sdkPause(sdk, failure, pass.tries, (from, to) =>
      draws.between(from, to, `lane/${name}/sdk-retry`, lane.pauses++),
    );
    if (waitMs === null) return this.#host.fail(name, error);
    this.#host.send(name, { type: "paused", waitMs });
  }
}

/** Whether a token is there and has enough of its life left. */
function isFresh(
  token: TokenClaims | null,
  now: EpochMs,
): token is TokenClaims {
  return token !== null && token.exp * SECOND_MS - now > TOKEN_RENEWAL_MS;
}

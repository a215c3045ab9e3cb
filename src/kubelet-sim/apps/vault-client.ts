/**
 * An application's client of Key Vault: the first request goes without a token and is answered with the challenge, the
 * token that it then gets is kept while it lives, calls that need one at the same time share one sign-in, and failed
 * requests are sent again as the SDK does (`sdks.ts`).
 *
 * Source: key-vault.md 5.2, 8.3; alternatives.md 2
 * Simplification: A sign-in of an application that fails is tried again as a failed request of its SDK is, whichever credential it has.
 * Simplification: An application's SDK gets a new token when it next needs one and the old one is about to expire, not in the background.
 */
import type {
  TokenReply,
  TokenSource,
  VaultClient,
  VaultReply,
} from "../../cluster-sim/ports.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyEvent, ReplyTo } from "../../kernel/port.ts";
import type { Simulation } from "../../kernel/simulation.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import type { Failure } from "../csi-driver/azure-provider/sdk-retry.ts";
import { afterFailure } from "../csi-driver/azure-provider/sdk-retry.ts";
import type { AppRecord, SdkCall } from "./app-record.ts";
import { TOKEN_PATIENCE_MS } from "./defaults.ts";
import { sdkOf } from "./sdks.ts";

export type VaultSuccess = Extract<VaultReply, { readonly ok: true }>;

export type CallOutcome =
  | { readonly ok: true; readonly reply: VaultSuccess }
  | { readonly ok: false; readonly error: string };

export interface VaultClientOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly ip: string;
  /** Component that gets replies and timers, and hands them on. */
  readonly target: string;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly ended: (
    record: AppRecord,
    id: number,
    call: SdkCall,
    outcome: CallOutcome,
  ) => void;
}

/** The end of a wait between two tries, or of the patience with a sign-in. */
export interface CallTimer extends SimEvent {
  readonly type: "app.retry" | "app.patience";
  readonly app: string;
  readonly attempt: number;
  readonly call: number;
}

const NO_TOKEN_CAME = "the token endpoint did not answer in time";
const UNAUTHORIZED = 401;

export class AppVaultClient {
  readonly #options: VaultClientOptions;

  constructor(options: VaultClientOptions) {
    this.#options = options;
  }

  /** Begins a call; its end comes by `ended`, always later. Returns its number. */
  call(
    record: AppRecord,
    what: Pick<SdkCall, "operation" | "name" | "after">,
  ): number {
    const { client } = record;
    const id = ++client.asked;
    client.calls.set(id, { ...what, tries: 0, challenged: false });
    this.#try(record, id);
    return id;
  }

  /** A reply of the vault or of the token endpoint to a process that still runs. */
  onReply(record: AppRecord, { tag, reply }: ReplyEvent): void {
    const id = tag["call"] as number;
    if (tag["of"] === "token") this.#onToken(record, id, reply as TokenReply);
    else this.#onVault(record, id, reply as VaultReply);
  }

  /** A timer of a process that still runs. */
  onTimer(record: AppRecord, { type, call }: CallTimer): void {
    if (type === "app.retry") this.#try(record, call);
    else if (record.client.signIn?.turn === call)
      this.#notSignedIn(record, { status: 0 }, NO_TOKEN_CAME);
  }

  #try(record: AppRecord, id: number): void {
    const { client } = record;
    const call = client.calls.get(id);
    if (call === undefined) return;
    call.tries += 1;
    call.challenged = false;
    const { token, challenge } = client;
    const { tokenRenewalMs } = sdkOf(record.spec.how);
    const { now } = this.#options.sim;
    const fresh =
      token !== null && token.exp * SECOND_MS - now > tokenRenewalMs;
    if (fresh || challenge === null) this.#send(record, id, call);
    else this.#signIn(record, id);
  }

  #send(record: AppRecord, id: number, call: SdkCall): void {
    const { vaults, node, ip } = this.#options;
    const { client, spec, namespace, name, lineage } = record;
    const { userAgent, apiVersion } = sdkOf(spec.how);
    if (spec.source.kind !== "vault") return;
    vaults.request(
      {
        vault: spec.source.vault,
        operation: call.operation,
        name: call.name,
        version: call.after,
        apiVersion,
        token: client.token,
        caller: {
          pod: `${namespace}/${name}`,
          ...(lineage === undefined ? {} : { lineage }),
          node,
          ip,
          userAgent,
        },
      },
      this.#replyTo(record, id, "vault"),
    );
  }

  #onVault(record: AppRecord, id: number, reply: VaultReply): void {
    const { client } = record;
    const call = client.calls.get(id);
    if (call === undefined) return;
    if (reply.ok) return this.#end(record, id, { ok: true, reply });
    const { error } = reply;
    const { challenge } = error;
    if (
      error.status === UNAUTHORIZED &&
      challenge !== undefined &&
      !call.challenged
    ) {
      call.challenged = true;
      const { authorization, resource } = challenge;
      client.challenge = { tenantId: lastSegment(authorization), resource };
      return this.#signIn(record, id);
    }
    const { status, code, message } = error;
    const text = status === 0 ? message : `${status} ${code}: ${message}`;
    this.#failed(record, id, error, text);
  }

  #signIn(record: AppRecord, id: number): void {
    const { sim, tokens, node, target } = this.#options;
    const { client, key, attempt } = record;
    if (client.signIn !== null) return void client.signIn.calls.push(id);
    const turn = ++client.asked;
    client.signIn = { turn, calls: [id] };
    const { tenantId, resource } = client.challenge!;
    tokens.getToken(
      {
        identity: record.identity,
        tenantId,
        resource,
        pod: `${record.namespace}/${record.name}`,
        serviceAccount: `${record.namespace}/${record.serviceAccount}`,
        node,
      },
      this.#replyTo(record, turn, "token"),
    );
    const event: CallTimer = {
      type: "app.patience",
      app: key,
      attempt,
      call: turn,
    };
    const rank = Rank.completion;
    sim.after(TOKEN_PATIENCE_MS, { rank, target, event });
  }

  #onToken(record: AppRecord, turn: number, reply: TokenReply): void {
    const { client } = record;
    const { signIn } = client;
    if (signIn?.turn !== turn) return;
    if (!reply.ok) {
      const { message, error = { status: 0 } } = reply;
      return this.#notSignedIn(record, error, message);
    }
    client.token = reply.token;
    client.signIn = null;
    for (const id of signIn.calls) {
      const call = client.calls.get(id);
      if (call !== undefined) this.#send(record, id, call);
    }
  }

  #notSignedIn(record: AppRecord, failure: Failure, text: string): void {
    const { client } = record;
    const { calls } = client.signIn!;
    client.signIn = null;
    for (const id of calls) this.#failed(record, id, failure, text);
  }

  #failed(record: AppRecord, id: number, failure: Failure, text: string): void {
    const { sim, target } = this.#options;
    const { client, key, attempt, owner, container, spec } = record;
    const call = client.calls.get(id);
    if (call === undefined) return;
    const name = `app/${owner}/${container}/retry`;
    const decision = afterFailure(
      sdkOf(spec.how).retry,
      failure,
      call.tries,
      (low, high) => sim.draws.between(low, high, name, client.drawn++),
    );
    if (decision === null)
      return this.#end(record, id, { ok: false, error: text });
    const event: CallTimer = { type: "app.retry", app: key, attempt, call: id };
    sim.after(decision.waitMs, { rank: Rank.completion, target, event });
  }

  #end(record: AppRecord, id: number, outcome: CallOutcome): void {
    const call = record.client.calls.get(id)!;
    record.client.calls.delete(id);
    this.#options.ended(record, id, call, outcome);
  }

  #replyTo(
    { key, attempt }: AppRecord,
    call: number,
    of: "vault" | "token",
  ): ReplyTo {
    return {
      target: this.#options.target,
      tag: { app: key, attempt, call, of },
    };
  }
}

/** The tenant is the path of the challenge's authority. */
function lastSegment(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

/**
 * The mounts of a provider's process: each checks its parameters, then fetches its objects one after the other; the first
 * error fails all of it. Each mount has three new SDK clients, for secrets, keys and certificates: the first request of
 * each goes without a token and is answered 401, then comes the token, then the same request again (csi-driver.md 7.1).
 * Providers before 1.5.0 get the token first and send no such probe.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/server/server.go`, `pkg/provider/{provider,keyvault}.go`
 * at v1.8.2 and v1.4.1; Azure/azure-sdk-for-go `sdk/security/keyvault/internal/challenge_policy.go`,
 * `sdk/azcore/runtime/policy_bearer_token.go`.
 * Simplification: the tenant of the vault's challenge is not compared with the SecretProviderClass's tenantID.
 */
import type {
  TokenClaims,
  TokenReply,
  VaultError,
  VaultReply,
} from "../../../cluster-sim/ports.ts";
import { invariant } from "../../../kernel/errors.ts";
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { ReplyEvent, ReplyTo } from "../../../kernel/port.ts";
import type { Component } from "../../../kernel/simulation.ts";
import type { ObjectContent } from "./content.ts";
import { readObject } from "./content.ts";
import { collectionOf, historyFetches, isList } from "./history.ts";
import type { MountRequest } from "./mount.ts";
import { failureAnswer, successAnswer } from "./mount-answer.ts";
import type { MountProgress } from "./mount-progress.ts";
import type {
  MountServerOptions,
  MountServerState,
  ProviderConfig,
} from "./mount-server-state.ts";
import {
  clientOf,
  clientTokenError,
  currentFetch,
  fetchError,
  notAskedFor,
  putFile,
  putVersion,
  refusal,
  requestError,
  startProgress,
} from "./mount-progress.ts";
import { fileMode, objectError } from "./objects.ts";
import { ParseCache } from "./parse-cache.ts";
import type { RetryEvent } from "./retry-timers.ts";
import { RetryTimers } from "./retry-timers.ts";
import { AUTOREST_RETRY, AZCORE_RETRY } from "./sdk-retry.ts";
import { signsInFirst } from "./sign-in.ts";
import type { PatienceEvent, SignInHost } from "./sign-in-runner.ts";
import { SignInRunner, isFresh } from "./sign-in-runner.ts";
import type { ProviderTraits } from "./traits.ts";

interface ReplyTag {
  readonly mount: number;
  readonly asked: number;
  readonly of: "vault" | "token";
}

export class MountServer implements Component, SignInHost {
  readonly name: string;
  state: MountServerState;
  readonly #options: MountServerOptions;
  readonly #cache = new ParseCache();
  readonly #signIns: SignInRunner;
  readonly #retries: RetryTimers;

  constructor(options: MountServerOptions) {
    const { sim, node, tokens } = options;
    this.#options = options;
    this.name = `${node}/provider-azure/mounts`;
    this.state = {
      mounts: [],
      tokens: new Map(),
      drawn: new Map(),
      tokenProxy: tokens.tokenProxy,
      frozen: null,
    };
    this.#retries = new RetryTimers({
      sim,
      target: this.name,
      draws: `${node}/provider-azure`,
      drawn: () => this.state.drawn,
    });
    const retries = this.#retries;
    this.#signIns = new SignInRunner({
      sim,
      node,
      tokens,
      retries,
      host: this,
    });
  }

  /** A new process: no mount, no token. */
  start(): void {
    this.state.tokenProxy = this.#options.tokens.tokenProxy;
  }

  /** The process ends; gives what was under way. */
  stop(): ReplyTo[] {
    const broken = this.state.mounts;
    this.state.mounts = [];
    for (const progress of broken) this.#stopTimers(progress);
    this.state.tokens.clear();
    if (this.state.frozen !== null) this.state.frozen = [];
    return broken.map(({ replyTo }) => replyTo);
  }

  /** The process hangs: everything that happens to it waits. */
  freeze(): void {
    this.state.frozen ??= [];
  }

  /** It goes on, with what has waited first. */
  thaw(): void {
    const waited = this.state.frozen ?? [];
    this.state.frozen = null;
    const { sim } = this.#options;
    for (const event of waited)
      sim.after(0, { rank: Rank.completion, target: this.name, event });
  }

  begin(
    id: number,
    request: MountRequest,
    options: {
      readonly replyTo: ReplyTo;
      readonly hasDeadline: boolean;
      readonly config: ProviderConfig;
    },
  ): void {
    const { node, nodeIp, answered } = this.#options;
    const { replyTo, hasDeadline, config } = options;
    const { version, constructPemChain } = config;
    const traits = this.#cache.traits(version);
    const { tokenProxy } = this.state;
    const process = { node, ip: nodeIp, tokenProxy };
    const planned = this.#cache.plan(request, traits, process);
    if (!planned.ok) return answered(replyTo, failureAnswer(planned.message));
    const plan = planned.value;
    const progress = startProgress(id, request, plan, {
      replyTo,
      version,
      constructPemChain,
      separateFiles:
        config.writeCertAndKeyInSeparateFiles && traits.separateFiles,
      hasDeadline,
    });
    this.state.mounts.push(progress);
    if (signsInFirst(plan, traits) && plan.fetches.length > 0)
      this.#signIns.start(id, progress, plan.resource);
    else this.#proceed(id, progress);
  }

  /** An unknown mount is left alone. */
  cancel(id: number): void {
    const progress = this.#find(id);
    if (progress === undefined) return;
    this.#stopTimers(progress);
    this.#drop(progress);
  }

  handle(event: SimEvent): void {
    if (this.state.frozen !== null) return this.#keep(event);
    if (event.type === "reply") return this.#onReply(event as ReplyEvent);
    invariant(
      event.type === "retry" || event.type === "patience",
      "UnknownEvent",
      `Failed to handle ${event.type}: ${this.name} does not know it`,
    );
    const { mount } = event as RetryEvent | PatienceEvent;
    const progress = this.#find(mount);
    // Cancelled while the process hung: the timer could no longer be taken back.
    if (progress === undefined) return;
    if (event.type === "patience")
      this.#signIns.onPatience(progress, event as PatienceEvent);
    else this.#onRetry(progress, event as RetryEvent);
  }

  #stopTimers(progress: MountProgress): void {
    if (progress.retry !== 0) this.#options.sim.cancel(progress.retry);
    this.#signIns.end(progress);
  }

  #find(id: number): MountProgress | undefined {
    return this.state.mounts.find((progress) => progress.id === id);
  }

  #drop(progress: MountProgress): void {
    const { mounts } = this.state;
    this.state.mounts = mounts.filter((other) => other !== progress);
  }

  /** A timer that fired can no longer be taken back. */
  #keep(event: SimEvent): void {
    this.state.frozen!.push(event);
    if (event.type === "reply") return;
    const { mount } = event as RetryEvent | PatienceEvent;
    const progress = this.#find(mount);
    if (event.type === "retry" && progress !== undefined) progress.retry = 0;
    const signIn = progress?.signIn ?? null;
    if (event.type === "patience" && signIn !== null) signIn.patience = 0;
  }

  #onReply({ tag, reply }: ReplyEvent): void {
    const { mount, asked, of } = tag as unknown as ReplyTag;
    const progress = this.#find(mount);
    // Cancelled meanwhile, or asked anew.
    if (progress === undefined || asked !== progress.asked) return;
    if (of === "token")
      this.#signIns.onReply(mount, progress, reply as TokenReply);
    else this.#onVault(mount, progress, reply as VaultReply);
  }

  #onRetry(progress: MountProgress, event: RetryEvent): void {
    const { mount: id, asked } = event;
    if (asked !== progress.asked) return;
    progress.retry = 0;
    if (progress.verdict !== null) this.#fail(progress, progress.verdict);
    else if (progress.signIn !== null) this.#signIns.tryAgain(id, progress);
    else this.#try(id, progress);
  }

  /** Turns to the next fetch, or answers when none is left. */
  #proceed(id: number, progress: MountProgress): void {
    const fetch = progress.fetches[progress.next];
    if (fetch === undefined) return this.#finish(progress);
    const problem = refusal(fetch);
    if (problem !== null)
      return this.#fail(progress, objectError(fetch.object, problem));
    progress.tries = 0;
    this.#try(id, progress);
  }

  /** Sends the current request, the first time or again. */
  #try(id: number, progress: MountProgress): void {
    const traits = this.traits(progress);
    const { plan } = progress;
    const token = progress.clients[clientOf(currentFetch(progress), traits)];
    progress.tries += 1;
    progress.challenged = false;
    const fresh =
      token === null
        ? traits.sdk === "azsecrets"
        : isFresh(token, this.#options.sim.now);
    if (fresh) this.#request(id, progress);
    else this.#signIns.start(id, progress, token?.aud ?? plan.resource);
  }

  #request(id: number, progress: MountProgress): void {
    const traits = this.traits(progress);
    const fetch = currentFetch(progress);
    const { plan, clients } = progress;
    const newest = isList(fetch) || fetch.version === "";
    this.#options.vaults.request(
      {
        vault: plan.vault,
        operation: fetch.operation,
        name: fetch.object.objectName,
        version: newest ? null : fetch.version,
        apiVersion: traits.apiVersion,
        token: clients[clientOf(fetch, traits)],
        caller: plan.callers[collectionOf(fetch)],
      },
      this.#replyTo(id, progress, "vault"),
    );
  }

  #onVault(id: number, progress: MountProgress, reply: VaultReply): void {
    if (!reply.ok) return this.#onRefusal(id, progress, reply.error);
    const { values } = this.#options;
    const fetch = currentFetch(progress);
    if ("secrets" in reply) throw notAskedFor(progress.owner);
    if (!("versions" in reply)) {
      const content = readObject(reply, fetch.object, progress, values);
      return this.#onObject(id, progress, content);
    }
    const { fetches, next } = progress;
    const gets = historyFetches(fetch, reply.versions);
    progress.fetches = [...gets, ...fetches.slice(next + 1)];
    progress.next = 0;
    this.#proceed(id, progress);
  }

  #onObject(
    id: number,
    progress: MountProgress,
    { version, files }: ObjectContent,
  ): void {
    const fetch = currentFetch(progress);
    if (!files.ok) {
      const { message, bare } = files;
      const { object } = fetch;
      const text = bare ? message : objectError(object, message, fetch.version);
      return this.#fail(progress, text);
    }
    const mode = fileMode(fetch.object, progress.permission);
    putVersion(progress, fetch.id, version);
    for (const { suffix, bytes, content } of files.value) {
      const path = fetch.path + suffix;
      putFile(progress, { path, mode, bytes, content });
    }
    progress.next += 1;
    this.#proceed(id, progress);
  }

  #onRefusal(id: number, progress: MountProgress, error: VaultError): void {
    const { plan, tries } = progress;
    const traits = this.traits(progress);
    const modern = traits.sdk === "azsecrets";
    if (error.status === 401 && modern && !progress.challenged) {
      progress.challenged = true;
      const resource = error.challenge?.resource ?? plan.resource;
      return this.#signIns.start(id, progress, resource);
    }
    const text = () => requestError(progress, error, traits);
    const policy = modern ? AZCORE_RETRY : AUTOREST_RETRY;
    if (
      !this.#retries.schedule(id, progress, {
        policy,
        failure: error,
        tries,
        text,
      })
    )
      this.#fail(progress, text());
  }

  #finish(progress: MountProgress): void {
    this.#drop(progress);
    this.#options.answered(progress.replyTo, successAnswer(progress));
  }

  #fail(progress: MountProgress, message: string): void {
    this.#drop(progress);
    this.#options.answered(progress.replyTo, failureAnswer(message));
  }

  #replyTo(id: number, progress: MountProgress, of: ReplyTag["of"]): ReplyTo {
    progress.asked += 1;
    const { asked } = progress;
    return { target: this.name, tag: { mount: id, asked, of } };
  }

  // What the sign-ins need of a mount.

  get processTokens(): Map<string, TokenClaims> {
    return this.state.tokens;
  }

  traits({ version }: MountProgress): ProviderTraits {
    return this.#cache.traits(version);
  }

  nextReply(id: number, progress: MountProgress): ReplyTo {
    return this.#replyTo(id, progress, "token");
  }

  signedIn(id: number, progress: MountProgress, token: TokenClaims): void {
    const traits = this.traits(progress);
    const fetch = currentFetch(progress);
    progress.clients[clientOf(fetch, traits)] = token;
    // The answer to a challenge belongs to the same try; a first sign-in comes before every try.
    if (progress.tries === 0) this.#proceed(id, progress);
    else this.#request(id, progress);
  }

  notSignedIn(
    id: number,
    progress: MountProgress,
    text: string,
    status: number,
  ): void {
    const { sdk } = this.traits(progress);
    const whole = this.errorText(progress, text);
    // Before 1.5.0 a token is a part of the vault request, which tries again where nobody answered.
    const attempt = {
      policy: AUTOREST_RETRY,
      failure: { status },
      tries: progress.tries,
      text: () => whole,
    };
    const again =
      sdk === "autorest" &&
      progress.tries > 0 &&
      status === 0 &&
      this.#retries.schedule(id, progress, attempt);
    if (!again) this.#fail(progress, whole);
  }

  errorText(progress: MountProgress, text: string): string {
    const traits = this.traits(progress);
    return progress.tries === 0
      ? clientTokenError(progress, text, traits)
      : fetchError(currentFetch(progress), text, traits);
  }
}

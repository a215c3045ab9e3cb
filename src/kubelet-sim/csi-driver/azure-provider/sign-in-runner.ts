/**
 * Gets tokens for mounts: looks where the provider's libraries keep them, asks the endpoints in turn, retries and loses
 * patience as those do. It has no state of its own: a sign-in under way is part of its mount.
 */
import type {
  TokenClaims,
  TokenError,
  TokenReply,
  TokenSource,
} from "../../../cluster-sim/ports.ts";
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { ReplyTo } from "../../../kernel/port.ts";
import type { Simulation } from "../../../kernel/simulation.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import { SECOND_MS } from "../../../kernel/time.ts";
import { TOKEN_RENEWAL_MS } from "./defaults.ts";
import type { MountProgress } from "./mount-progress.ts";
import { currentFetch } from "./mount-progress.ts";
import { requestUrl } from "./sdk-error.ts";
import type { RetryTimers } from "./retry-timers.ts";
import {
  signInCalls,
  signInPatience,
  signInRetry,
  tokenKeeper,
} from "./sign-in.ts";
import { signInErrorText } from "./sign-in-error.ts";
import type { ProviderTraits } from "./traits.ts";

/** The mounts that a runner gets tokens for. */
export interface SignInHost {
  /** Address of the runner's events. */
  readonly name: string;
  traits(progress: MountProgress): ProviderTraits;
  /** Managed identity tokens that outlive a mount. */
  readonly processTokens: Map<string, TokenClaims>;
  /** Where the answer to the mount's next request goes. */
  nextReply(id: number, progress: MountProgress): ReplyTo;
  signedIn(id: number, progress: MountProgress, token: TokenClaims): void;
  /** `text` is what the library says; `status` 0: nobody answered. */
  notSignedIn(
    id: number,
    progress: MountProgress,
    text: string,
    status: number,
  ): void;
  /** The whole error of a sign-in that failed. */
  errorText(progress: MountProgress, text: string): string;
}

/** Whether a token has enough of its life left to be used. */
export const isFresh = ({ exp }: TokenClaims, now: EpochMs): boolean =>
  exp * SECOND_MS - now > TOKEN_RENEWAL_MS;

/** The end of a client's patience with a call or a try. */
export interface PatienceEvent extends SimEvent {
  readonly type: "patience";
  readonly mount: number;
  /** Which patience: one that is over already is nobody's. */
  readonly turn: number;
}

interface SignInRunnerOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly tokens: TokenSource;
  readonly retries: RetryTimers;
  readonly host: SignInHost;
}

export class SignInRunner {
  readonly #options: SignInRunnerOptions;

  constructor(options: SignInRunnerOptions) {
    this.#options = options;
  }

  /** A token for a resource, kept or new. */
  start(id: number, progress: MountProgress, resource: string): void {
    const { sim, host } = this.#options;
    const kept = this.#kept(progress)?.get(this.#key(progress, resource));
    if (kept !== undefined && isFresh(kept, sim.now))
      return host.signedIn(id, progress, kept);
    progress.signIn = { resource, call: 0, tries: 0, patience: 0 };
    this.#call(id, progress);
  }

  /** The wait before another try is over. */
  tryAgain(id: number, progress: MountProgress): void {
    this.#try(id, progress);
  }

  onReply(id: number, progress: MountProgress, reply: TokenReply): void {
    const { host } = this.#options;
    if (reply.ok) {
      const key = this.#key(progress, progress.signIn!.resource);
      this.#kept(progress)?.set(key, reply.token);
      this.end(progress);
      host.signedIn(id, progress, reply.token);
    } else if (reply.error === undefined) {
      this.end(progress);
      host.notSignedIn(id, progress, reply.message, 1);
    } else this.#onError(id, progress, reply.error);
  }

  /** Patience with a try or a whole call is over; an answer that still comes is nobody's. */
  onPatience(
    progress: MountProgress,
    { mount: id, turn }: PatienceEvent,
  ): void {
    const { sim } = this.#options;
    const { signIn } = progress;
    if (signIn === null || turn !== progress.turn) return;
    signIn.patience = 0;
    progress.asked += 1;
    if (progress.retry !== 0) sim.cancel(progress.retry);
    progress.retry = 0;
    const body = "context deadline exceeded";
    const error: TokenError = { status: 0, body, everywhere: true };
    const whole = this.#patience(progress)?.of === "call";
    if (whole) this.#onExhausted(id, progress, error, true);
    else this.#onError(id, progress, error);
  }

  /** Ends what is under way: no timer is left. */
  end(progress: MountProgress): void {
    this.#stopPatience(progress);
    progress.signIn = null;
  }

  #call(id: number, progress: MountProgress): void {
    progress.signIn!.tries = 0;
    if (this.#patience(progress)?.of === "call")
      this.#startPatience(id, progress);
    this.#try(id, progress);
  }

  #try(id: number, progress: MountProgress): void {
    const { host, node, tokens } = this.#options;
    const signIn = progress.signIn!;
    const { plan } = progress;
    signIn.tries += 1;
    if (this.#patience(progress)?.of === "try")
      this.#startPatience(id, progress);
    tokens.getToken(
      {
        identity: plan.identity,
        tenantId: plan.tenantId,
        resource: signIn.resource,
        pod: plan.pod ?? "",
        serviceAccount: plan.serviceAccount,
        node,
      },
      host.nextReply(id, progress),
    );
  }

  #onError(id: number, progress: MountProgress, error: TokenError): void {
    const { host, retries } = this.#options;
    const { tries } = progress.signIn!;
    if (this.#patience(progress)?.of === "try") this.#stopPatience(progress);
    const policy = signInRetry(progress.plan, host.traits(progress));
    const text = () =>
      host.errorText(progress, this.#text(progress, error, false));
    const attempt = { policy, failure: error, tries, text };
    if (!retries.schedule(id, progress, attempt))
      this.#onExhausted(id, progress, error, false);
  }

  #onExhausted(
    id: number,
    progress: MountProgress,
    error: TokenError,
    expired: boolean,
  ): void {
    const signIn = progress.signIn!;
    this.#stopPatience(progress);
    if (
      error.everywhere &&
      this.#calls(progress)[signIn.call]!.name === "discovery"
    ) {
      signIn.call += 1;
      return this.#call(id, progress);
    }
    const text = this.#text(progress, error, expired);
    this.end(progress);
    this.#options.host.notSignedIn(id, progress, text, error.status);
  }

  /** An error that only the token's endpoint gives came from the last call, whichever was asked. */
  #text(progress: MountProgress, error: TokenError, expired: boolean): string {
    const traits = this.#options.host.traits(progress);
    const { identity, host } = progress.plan;
    const calls = this.#calls(progress);
    const at = error.everywhere ? progress.signIn!.call : calls.length - 1;
    const url = requestUrl(host, currentFetch(progress), traits);
    const call = calls[at]!;
    return signInErrorText(
      { identity, call, error, expired, requestUrl: url },
      traits,
    );
  }

  #calls(progress: MountProgress) {
    const traits = this.#options.host.traits(progress);
    return signInCalls(progress.plan, progress.signIn!.resource, traits);
  }

  #patience(progress: MountProgress) {
    const traits = this.#options.host.traits(progress);
    return signInPatience(progress.plan, traits, progress.hasDeadline);
  }

  #startPatience(mount: number, progress: MountProgress): void {
    const { sim, host } = this.#options;
    progress.turn += 1;
    const { turn } = progress;
    const event: PatienceEvent = { type: "patience", mount, turn };
    const rank = Rank.completion;
    const target = host.name;
    const { ms } = this.#patience(progress)!;
    progress.signIn!.patience = sim.after(ms, { rank, target, event });
  }

  #stopPatience(progress: MountProgress): void {
    const { signIn } = progress;
    progress.turn += 1;
    if (signIn === null || signIn.patience === 0) return;
    this.#options.sim.cancel(signIn.patience);
    signIn.patience = 0;
  }

  /** Null where each client keeps its own token and nobody else does. */
  #kept(progress: MountProgress): Map<string, TokenClaims> | null {
    const { host } = this.#options;
    switch (tokenKeeper(progress.plan, host.traits(progress))) {
      case "process":
        return host.processTokens;
      case "mount":
        return progress.tokens;
      case "client":
        return null;
    }
  }

  #key({ plan: { identity } }: MountProgress, resource: string): string {
    const clientId = "clientId" in identity ? identity.clientId : "";
    return `${clientId} ${resource}`;
  }
}

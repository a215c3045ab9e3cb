/**
 * The Azure Key Vault provider of one node: answers the driver's `Mount` with the files of a SecretProviderClass.
 *
 * A mount checks its parameters, then fetches its objects one after the other; the first error fails all of it. Each
 * mount has new SDK clients: the first request goes without a token and is answered 401, then comes the token, then
 * the same request again (csi-driver.md 7.1). Providers before 1.5.0 get the token first and send no such probe.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/server/server.go`, `pkg/provider/{provider,keyvault}.go`
 * at v1.8.2 and v1.4.1; Azure/azure-sdk-for-go `sdk/security/keyvault/internal/challenge_policy.go`.
 * Simplification: only secrets are mounted; an object of type key or cert fails the mount when its turn comes.
 * Simplification: the tenant of the vault's challenge is not compared with the SecretProviderClass's tenantID.
 * Differs: before provider 1.5.0 a refused token always reads `failed to get keyvault client: …`; adal's text differs.
 */
import type {
  SecretBundle,
  TokenReply,
  TokenSource,
  VaultClient,
  VaultError,
  VaultReply,
} from "../../../cluster-sim/ports.ts";
import type { ValueBook } from "../../../kernel/content.ts";
import { InvariantViolation, invariant } from "../../../kernel/errors.ts";
import type { SimEvent } from "../../../kernel/event-queue.ts";
import { Rank } from "../../../kernel/event-queue.ts";
import type { JsonObject } from "../../../kernel/json.ts";
import type { ReplyEvent, ReplyTo } from "../../../kernel/port.ts";
import { sendReply } from "../../../kernel/port.ts";
import type { Component, Simulation } from "../../../kernel/simulation.ts";
import { fileContent } from "./content.ts";
import { historyFetches } from "./history.ts";
import type { MountReply, MountRequest, ProviderClient } from "./mount.ts";
import type { MountProgress } from "./mount-progress.ts";
import {
  currentFetch,
  refusal,
  requestError,
  startProgress,
  tokenError,
} from "./mount-progress.ts";
import { fileMode, objectError } from "./objects.ts";
import { ParseCache } from "./parse-cache.ts";
import { sdkRetryDelay } from "./sdk-retry.ts";

export interface AzureProviderOptions {
  readonly sim: Simulation;
  readonly node: string;
  /** The provider runs in the node's network: its address is the caller of every request. */
  readonly nodeIp: string;
  readonly vaults: VaultClient;
  readonly tokens: TokenSource;
  readonly values: ValueBook;
  /** Read at each mount: an add-on update may have changed it. */
  readonly config: () => { readonly version: string };
}

interface ProviderState {
  nextMount: number;
  readonly mounts: Map<number, MountProgress>;
  /** Retries drawn so far, by owner of the volume. */
  readonly drawn: Map<string, number>;
}

interface RetryEvent extends SimEvent {
  readonly type: "retry";
  readonly mount: number;
}

export class AzureProvider implements Component, ProviderClient {
  readonly name: string;
  state: ProviderState = {
    nextMount: 1,
    mounts: new Map(),
    drawn: new Map(),
  };
  readonly #options: AzureProviderOptions;
  readonly #cache = new ParseCache();

  constructor(options: AzureProviderOptions) {
    this.#options = options;
    this.name = `${options.node}/provider-azure`;
  }

  mount(request: MountRequest, replyTo: ReplyTo): number {
    const { node, nodeIp, config } = this.#options;
    const id = this.state.nextMount++;
    const { version } = config();
    const traits = this.#cache.traits(version);
    const planned = this.#cache.plan(request, traits);
    if (!planned.ok) {
      this.#reply(replyTo, failure(planned.message));
      return id;
    }
    const plan = planned.value;
    const progress = startProgress(request, replyTo, plan, version, {
      pod: plan.pod,
      node,
      ip: nodeIp,
      userAgent: traits.userAgent,
    });
    this.state.mounts.set(id, progress);
    if (traits.sdk === "autorest" && plan.fetches.length > 0)
      this.#askToken(id, progress, plan.resource);
    else this.#proceed(id, progress);
    return id;
  }

  cancel(mount: number): void {
    const progress = this.state.mounts.get(mount);
    if (progress === undefined) return;
    if (progress.waitingFor === "retry")
      this.#options.sim.cancel(progress.retry);
    this.state.mounts.delete(mount);
  }

  handle(event: SimEvent): void {
    if (event.type === "retry") {
      const { mount } = event as RetryEvent;
      this.#try(mount, this.#progressOf(mount));
      return;
    }
    invariant(
      event.type === "reply",
      "UnknownEvent",
      `Failed to handle ${event.type}: ${this.name} does not know it`,
    );
    const { tag, reply } = event as ReplyEvent;
    const id = tag["mount"] as number;
    const progress = this.state.mounts.get(id);
    // Cancelled meanwhile.
    if (progress === undefined) return;
    if (progress.waitingFor === "token")
      this.#onToken(id, progress, reply as TokenReply);
    else this.#onVault(id, progress, reply as VaultReply);
  }

  /** Turns to the next fetch, or answers when none is left. */
  #proceed(id: number, progress: MountProgress): void {
    const fetch = progress.fetches[progress.next];
    if (fetch === undefined) {
      this.#finish(id, progress);
      return;
    }
    const problem = refusal(fetch);
    if (problem !== null) {
      this.#fail(id, progress, objectError(fetch.object, problem));
      return;
    }
    progress.tries = 0;
    this.#try(id, progress);
  }

  /** Sends the current request, the first time or again. */
  #try(id: number, progress: MountProgress): void {
    progress.tries += 1;
    this.#request(id, progress);
  }

  #request(id: number, progress: MountProgress): void {
    const fetch = currentFetch(progress);
    progress.waitingFor = "vault";
    this.#options.vaults.request(
      {
        vault: progress.plan.vault,
        operation: fetch.operation,
        name: fetch.object.objectName,
        version:
          fetch.operation === "SecretListVersions" || fetch.version === ""
            ? null
            : fetch.version,
        apiVersion: this.#cache.traits(progress.version).apiVersion,
        token: progress.token,
        caller: progress.caller,
      },
      { target: this.name, tag: tagOf(id) },
    );
  }

  #askToken(id: number, progress: MountProgress, resource: string): void {
    const { plan } = progress;
    progress.waitingFor = "token";
    this.#options.tokens.getToken(
      {
        identity: plan.identity,
        tenantId: plan.tenantId,
        resource,
        pod: plan.pod ?? "",
        serviceAccount: plan.serviceAccount,
        node: this.#options.node,
      },
      { target: this.name, tag: tagOf(id) },
    );
  }

  #onToken(id: number, progress: MountProgress, reply: TokenReply): void {
    const traits = this.#cache.traits(progress.version);
    if (!reply.ok) {
      this.#fail(id, progress, tokenError(progress, reply.message, traits));
      return;
    }
    progress.token = reply.token;
    if (traits.sdk === "autorest") this.#proceed(id, progress);
    // The answer to the challenge belongs to the same try.
    else this.#request(id, progress);
  }

  #onVault(id: number, progress: MountProgress, reply: VaultReply): void {
    if (!reply.ok) this.#onRefusal(id, progress, reply.error);
    else if ("bundle" in reply) this.#onSecret(id, progress, reply.bundle);
    else {
      const { fetches, next } = progress;
      const gets = historyFetches(currentFetch(progress), reply.versions);
      progress.fetches = [...gets, ...fetches.slice(next + 1)];
      progress.next = 0;
      this.#proceed(id, progress);
    }
  }

  #onSecret(id: number, progress: MountProgress, bundle: SecretBundle): void {
    const { object, path, id: objectId } = currentFetch(progress);
    const content = fileContent(
      bundle,
      object.objectEncoding,
      this.#options.values,
    );
    if (!content.ok) {
      this.#fail(id, progress, content.message);
      return;
    }
    const mode = fileMode(object, progress.permission);
    progress.versions.set(objectId, bundle.version);
    progress.files.set(path, { path, mode, ...content.value });
    progress.next += 1;
    this.#proceed(id, progress);
  }

  #onRefusal(id: number, progress: MountProgress, error: VaultError): void {
    const { sim } = this.#options;
    const { plan, owner, tries } = progress;
    if (error.status === 401 && progress.token === null) {
      const resource = error.challenge?.resource ?? plan.resource;
      this.#askToken(id, progress, resource);
      return;
    }
    const delay = sdkRetryDelay(error, tries, (low, high) =>
      sim.draws.between(
        low,
        high,
        `${this.name}/${owner}/retry`,
        this.#nextDraw(owner),
      ),
    );
    if (delay === null) {
      const traits = this.#cache.traits(progress.version);
      this.#fail(id, progress, requestError(progress, error, traits));
      return;
    }
    const event: RetryEvent = { type: "retry", mount: id };
    progress.waitingFor = "retry";
    progress.retry = sim.after(delay, {
      rank: Rank.completion,
      target: this.name,
      event,
    });
  }

  #finish(id: number, progress: MountProgress): void {
    const objectVersions = [];
    for (const [objectId, version] of progress.versions)
      objectVersions.push({ id: objectId, version });
    this.state.mounts.delete(id);
    this.#reply(progress.replyTo, {
      ok: true,
      objectVersions,
      files: [...progress.files.values()],
    });
  }

  #fail(id: number, progress: MountProgress, message: string): void {
    this.state.mounts.delete(id);
    this.#reply(progress.replyTo, failure(message));
  }

  #reply(replyTo: ReplyTo, reply: MountReply): void {
    sendReply(this.#options.sim, replyTo, 0, reply);
  }

  #progressOf(id: number): MountProgress {
    const progress = this.state.mounts.get(id);
    if (progress === undefined)
      throw new InvariantViolation(
        "NoSuchMount",
        `Failed to go on with mount ${id}: ${this.name} does not have it`,
      );
    return progress;
  }

  #nextDraw(owner: string): number {
    const index = this.state.drawn.get(owner) ?? 0;
    this.state.drawn.set(owner, index + 1);
    return index;
  }
}

const tagOf = (mount: number): JsonObject => ({ mount });

const failure = (message: string): MountReply => ({
  ok: false,
  message: `failed to mount objects, error: ${message}`,
});

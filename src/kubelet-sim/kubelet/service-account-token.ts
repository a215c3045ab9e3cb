/**
 * The kubelet's token manager: service account tokens for projected volumes, renewed when a fifth of their life or less
 * is left, or after a day. It is asked at each SetUp of a volume; nothing else renews a token.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/kubelet/token/token_manager.go; kubelet.md 4.5
 * Simplification: A TokenRequest is a read of the pod that the token is bound to, which the API server makes, too; service accounts are taken to exist.
 * Simplification: A token has the form of a JWT, and its signature is a draw: nobody can verify it.
 */
import type { ApiClient, ApiReply } from "../../cluster-sim/ports.ts";
import { bytesToBase64, hexToBytes, utf8ToBytes } from "../../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../../kernel/content.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import type { ReplyEvent } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../kernel/time.ts";
import { SECOND_MS } from "../../kernel/time.ts";
import {
  TOKEN_EXPIRATION_MS,
  TOKEN_JITTER_MS,
  TOKEN_MAX_AGE_MS,
  TOKEN_RENEWAL_PERCENT,
} from "../defaults.ts";

export interface TokenPod {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly serviceAccount: string;
  /** What its draws are named by; absent: `namespace/pod`. */
  readonly lineage?: string;
}

export interface TokenWant {
  readonly kind: "ServiceAccountToken";
  /** Empty: the API server's own. */
  readonly audience: string;
  /** Null: an hour. */
  readonly expirationSeconds: number | null;
}

export type TokenRead =
  | {
      readonly ok: true;
      readonly token: string;
      readonly content: Omit<ContentRef, "from">;
    }
  | { readonly ok: false; readonly message: string };

interface Token {
  readonly text: string;
  readonly content: Omit<ContentRef, "from">;
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

interface PendingToken {
  readonly pod: TokenPod;
  readonly want: TokenWant;
  readonly requester: string;
}

interface TokenManagerState {
  /** By pod uid, then by what is asked for. */
  cache: Map<string, Map<string, Token>>;
  pending: Map<number, PendingToken>;
  requests: number;
  epoch: number;
  /** Tokens drawn for each object, and checks made. */
  ordinals: Map<string, number>;
  checks: Map<string, number>;
}

export interface TokenManagerOptions {
  readonly sim: Simulation;
  readonly node: string;
  readonly api: ApiClient;
  readonly values: ValueBook;
}

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const SIGNATURE_WORDS = 64;
const VERSION_WORDS = 4;

export class TokenManager implements Component {
  readonly name: string;
  state: TokenManagerState = {
    cache: new Map(),
    pending: new Map(),
    requests: 0,
    epoch: 0,
    ordinals: new Map(),
    checks: new Map(),
  };
  /** Gets the answers that need the API server. Set when the node is put together. */
  onToken: (requester: string, read: TokenRead) => void = () => {};
  readonly #options: TokenManagerOptions;

  constructor(options: TokenManagerOptions) {
    this.name = `${options.node}/kubelet/token-manager`;
    this.#options = options;
  }

  /** The kubelet's process ended: its cache is gone, and nobody waits for an answer. */
  stop(): void {
    this.state.cache.clear();
    this.state.pending.clear();
    this.state.epoch += 1;
  }

  /** The pod has gone. */
  forget(uid: string): void {
    this.state.cache.delete(uid);
  }

  /** From the cache while it is good. Null: `onToken` gets the answer later. */
  token(pod: TokenPod, want: TokenWant, requester: string): TokenRead | null {
    const known = this.#known(pod, want);
    if (known !== undefined && !this.#mustRenew(pod, want, known))
      return readOf(known);
    const { namespace, pod: name } = pod;
    const id = ++this.state.requests;
    this.state.pending.set(id, { pod, want, requester });
    this.#options.api.call(
      { verb: "get", kind: "Pod", namespace, name },
      { target: this.name, tag: { id, epoch: this.state.epoch } },
    );
    return null;
  }

  handle(event: SimEvent): void {
    const { tag, reply } = event as ReplyEvent<ApiReply>;
    if (tag["epoch"] !== this.state.epoch) return;
    const id = tag["id"] as number;
    const { pod, want, requester } = this.state.pending.get(id)!;
    this.state.pending.delete(id);
    this.onToken(requester, this.#taken(pod, want, reply));
  }

  /** A failure to renew is silent as long as the old token lives. */
  #taken(pod: TokenPod, want: TokenWant, reply: ApiReply): TokenRead {
    const refusal = refusalOf(pod, reply);
    if (refusal === null) return readOf(this.#issue(pod, want));
    const known = this.#known(pod, want);
    if (known === undefined)
      return { ok: false, message: `failed to fetch token: ${refusal}` };
    if (this.#options.sim.now <= known.expiresAt) return readOf(known);
    const { serviceAccount, namespace } = pod;
    const key = `"${serviceAccount}"/"${namespace}"/${want.audience}`;
    const message = `token ${key} expired and refresh failed: ${refusal}`;
    return { ok: false, message };
  }

  #known({ uid }: TokenPod, want: TokenWant): Token | undefined {
    return this.state.cache.get(uid)?.get(cacheKey(want));
  }

  /** Draws afresh at each check how much older the token is taken to be. */
  #mustRenew(pod: TokenPod, want: TokenWant, token: Token): boolean {
    const { sim } = this.#options;
    const name = `${this.#drawName(pod, want)}/jitter`;
    const check = this.state.checks.get(name) ?? 0;
    this.state.checks.set(name, check + 1);
    const jitter = sim.draws.between(
      0,
      TOKEN_JITTER_MS / SECOND_MS,
      name,
      check,
    );
    const jitterMs: DurationMs = jitter * SECOND_MS;
    const life = (token.expiresAt - token.issuedAt) / SECOND_MS;
    const margin = Math.floor((life * TOKEN_RENEWAL_PERCENT) / 100) * SECOND_MS;
    return (
      sim.now > token.issuedAt + TOKEN_MAX_AGE_MS - jitterMs ||
      sim.now > token.expiresAt - margin - jitterMs
    );
  }

  #issue(pod: TokenPod, want: TokenWant): Token {
    const { sim, values } = this.#options;
    const object = objectOf(pod, want);
    const ordinal = (this.state.ordinals.get(object) ?? 0) + 1;
    this.state.ordinals.set(object, ordinal);
    const draw = this.#drawName(pod, want);
    const version = sim.draws.hex(
      `${draw}/version`,
      ordinal - 1,
      VERSION_WORDS,
    );
    const content = { object, version, ordinal, form: "as-is" };
    // Expiry is kept in whole seconds, and with it the time of issue.
    const issuedAt = Math.floor(sim.now / SECOND_MS) * SECOND_MS;
    const expiresAt = issuedAt + lifeOf(want);
    const text = this.#jwt(pod, want, { issuedAt, expiresAt, ordinal });
    values.put(content, utf8ToBytes(text));
    const token = { text, content, issuedAt, expiresAt };
    const tokens = this.state.cache.get(pod.uid) ?? new Map<string, Token>();
    this.state.cache.set(pod.uid, tokens.set(cacheKey(want), token));
    return token;
  }

  #jwt(
    pod: TokenPod,
    want: TokenWant,
    life: {
      readonly issuedAt: EpochMs;
      readonly expiresAt: EpochMs;
      readonly ordinal: number;
    },
  ): string {
    const { draws } = this.#options.sim;
    const draw = this.#drawName(pod, want);
    const { namespace, serviceAccount } = pod;
    const account = `serviceaccount/${namespace}/${serviceAccount}`;
    const issued = life.issuedAt / SECOND_MS;
    const header = { alg: "RS256", kid: draws.hex("serviceaccount/key", 0, 5) };
    const claims = {
      aud: [want.audience === "" ? ISSUER : want.audience],
      exp: life.expiresAt / SECOND_MS,
      iat: issued,
      iss: ISSUER,
      jti: draws.uuid(`${draw}/jti`, life.ordinal - 1),
      "kubernetes.io": {
        namespace,
        node: { name: this.#options.node },
        pod: { name: pod.pod, uid: pod.uid },
        serviceaccount: {
          name: serviceAccount,
          uid: draws.uuid(account, 0),
        },
      },
      nbf: issued,
      sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    };
    const signature = draws.hex(
      `${draw}/signature`,
      life.ordinal - 1,
      SIGNATURE_WORDS,
    );
    return [
      utf8ToBytes(JSON.stringify(header)),
      utf8ToBytes(JSON.stringify(claims)),
      hexToBytes(signature),
    ]
      .map(base64Url)
      .join(".");
  }

  #drawName({ namespace, pod, lineage }: TokenPod, want: TokenWant): string {
    const { node } = this.#options;
    const owner = lineage ?? `${namespace}/${pod}`;
    return `kubelet/${node}/token/${owner}/${cacheKey(want)}`;
  }
}

/** `default/pod/web/token/vault`: what a token file counts its versions by. */
function objectOf({ namespace, pod }: TokenPod, want: TokenWant): string {
  const usual = lifeOf(want) === TOKEN_EXPIRATION_MS;
  const life = usual ? "" : `-${want.expirationSeconds}`;
  return `${namespace}/pod/${pod}/token/${want.audience || "api"}${life}`;
}

function lifeOf({ expirationSeconds }: TokenWant): DurationMs {
  return expirationSeconds === null
    ? TOKEN_EXPIRATION_MS
    : expirationSeconds * SECOND_MS;
}

function cacheKey({ audience, expirationSeconds }: TokenWant): string {
  return `${audience}/${expirationSeconds ?? ""}`;
}

/** The API server binds a token to a pod that exists, by its uid; null when it would. */
function refusalOf({ pod, uid }: TokenPod, reply: ApiReply): string | null {
  if (!reply.ok) return reply.error.message;
  if (!("stored" in reply)) return "the server answered with a list";
  const found = reply.stored.object.metadata.uid;
  return found === uid
    ? null
    : `Operation cannot be fulfilled on serviceaccounts "${pod}": the UID in the bound object reference (${uid}) does not match the UID in record (${found}). The object might have been deleted and then recreated`;
}

function readOf({ text, content }: Token): TokenRead {
  return { ok: true, token: text, content };
}

function base64Url(bytes: Uint8Array): string {
  return bytesToBase64(bytes)
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

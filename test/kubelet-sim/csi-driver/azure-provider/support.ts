/** A provider on a real simulation, with a vault and a token source that answer as the test says. */
import type {
  SecretBundle,
  VersionItem,
  TokenReply,
  TokenRequest,
  TokenSource,
  VaultClient,
  VaultError,
  VaultReply,
  VaultRequest,
} from "../../../../src/cluster-sim/ports.ts";
import { bytesToUtf8 } from "../../../../src/kernel/bytes.ts";
import { ValueBook } from "../../../../src/kernel/content.ts";
import type { SimEvent } from "../../../../src/kernel/event-queue.ts";
import type { ReplyEvent, ReplyTo } from "../../../../src/kernel/port.ts";
import { sendReply } from "../../../../src/kernel/port.ts";
import { Simulation } from "../../../../src/kernel/simulation.ts";
import type { Component } from "../../../../src/kernel/simulation.ts";
import type { DurationMs, EpochMs } from "../../../../src/kernel/time.ts";
import { AzureProvider } from "../../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";
import type {
  MountReply,
  MountRequest,
  ProviderConfig,
} from "../../../../src/kubelet-sim/csi-driver/azure-provider/index.ts";

export const START_MS = 1_714_381_200_000; // 2024-04-29T09:00:00Z
export const VAULT_LATENCY_MS = 20;
export const TOKEN_LATENCY_MS = 50;
export const TENANT = "72f988bf-0000-0000-0000-2d7cd011db47";
export const TARGET: ReplyTo = { target: "driver", tag: { pod: "web" } };

/** What a test lets the vault answer; null: never. */
export type Answer = (
  request: VaultRequest,
  count: number,
) => VaultReply | null;

export class FakeVault implements VaultClient {
  readonly requests: {
    readonly at: EpochMs;
    readonly request: VaultRequest;
  }[] = [];
  latencyMs: DurationMs = VAULT_LATENCY_MS;
  answer: Answer;
  readonly #sim: Simulation;

  constructor(sim: Simulation, answer: Answer) {
    this.#sim = sim;
    this.answer = answer;
  }

  request(request: VaultRequest, replyTo: ReplyTo): void {
    this.requests.push({ at: this.#sim.now, request });
    const reply = this.answer(request, this.requests.length);
    if (reply !== null) sendReply(this.#sim, replyTo, this.latencyMs, reply);
  }

  /** `SecretGet secret1/v2 without token`, one line a request. */
  get log(): string[] {
    return this.requests.map(({ request }) => {
      const { operation, name, version, token } = request;
      const object = version === null ? name : `${name}/${version}`;
      return `${operation} ${object}${token === null ? " without token" : ""}`;
    });
  }
}

export class FakeTokens implements TokenSource {
  readonly requests: TokenRequest[] = [];
  tokenProxy = true;
  /** What a test lets the endpoint answer; null: never. */
  answer: ((request: TokenRequest, count: number) => TokenReply | null) | null =
    null;
  reply: TokenReply = { ok: true, token: aToken() };
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  getToken(request: TokenRequest, replyTo: ReplyTo): void {
    this.requests.push(request);
    const reply =
      this.answer === null
        ? this.reply
        : this.answer(request, this.requests.length);
    if (reply !== null) sendReply(this.#sim, replyTo, TOKEN_LATENCY_MS, reply);
  }
}

class FakeDriver implements Component {
  readonly name = "driver";
  state: { at: EpochMs; tag: unknown; reply: MountReply }[] = [];
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  handle(event: SimEvent): void {
    const { tag, reply } = event as ReplyEvent<MountReply>;
    this.state.push({ at: this.#sim.now, tag, reply });
  }
}

export interface World {
  readonly sim: Simulation;
  readonly vault: FakeVault;
  readonly tokens: FakeTokens;
  readonly values: ValueBook;
  readonly provider: AzureProvider;
  readonly driver: FakeDriver;
  readonly config: {
    -readonly [Key in keyof ProviderConfig]: ProviderConfig[Key];
  };
}

export function aWorld(
  options: {
    readonly answer?: Answer;
    readonly version?: string;
    readonly seed?: number;
    readonly flags?: Partial<ProviderConfig>;
    readonly tokenProxy?: boolean;
  } = {},
): World {
  const sim = new Simulation({ seed: options.seed ?? 1, start: START_MS });
  const vault = new FakeVault(
    sim,
    options.answer ?? aVaultWith({ secret1: "hunter2" }),
  );
  const tokens = new FakeTokens(sim);
  const values = sim.add(new ValueBook());
  tokens.tokenProxy = options.tokenProxy ?? true;
  const config = {
    version: options.version ?? "1.8.2",
    constructPemChain: true,
    writeCertAndKeyInSeparateFiles: false,
    ...options.flags,
  };
  const provider = sim.add(
    new AzureProvider({
      sim,
      node: "node-0",
      nodeIp: "10.224.0.4",
      vaults: vault,
      tokens,
      values,
      config: () => config,
    }),
  );
  return {
    sim,
    vault,
    tokens,
    values,
    provider,
    driver: sim.add(new FakeDriver(sim)),
    config,
  };
}

/** Mounts, runs until nothing is left to do, and gives the answer with the time it took. */
export function mountNow(
  world: World,
  request: MountRequest = aRequest(),
): { readonly reply: MountReply; readonly tookMs: DurationMs } {
  const start = world.sim.now;
  const before = world.driver.state.length;
  world.provider.mount(request, TARGET);
  while (world.sim.step());
  const answers = world.driver.state.slice(before);
  if (answers.length !== 1)
    throw new Error(`Failed to mount: ${answers.length} answers`);
  return { reply: answers[0]!.reply, tookMs: answers[0]!.at - start };
}

/** The text a mount fails with, without the provider's own prefix. */
export function errorOf(world: World, request: MountRequest): string {
  const { reply } = mountNow(world, request);
  if (reply.ok) throw new Error("Failed to fail: the mount succeeded");
  const prefix = "failed to mount objects, error: ";
  if (!reply.message.startsWith(prefix))
    throw new Error(`Failed to find the prefix: ${reply.message}`);
  return reply.message.slice(prefix.length);
}

/** `{path: "text mode"}` of a successful mount. */
export function filesOf(reply: MountReply): Record<string, string> {
  if (!reply.ok) throw new Error(`Failed to mount: ${reply.message}`);
  return Object.fromEntries(
    reply.files.map(({ path, bytes, mode }) => [
      path,
      `${bytesToUtf8(bytes)} ${mode.toString(8)}`,
    ]),
  );
}

/** A mount as the add-on's VM identity; `attributes` replace or (undefined) remove parameters. */
export function aRequest(
  attributes: Readonly<Record<string, string | undefined>> = {},
  rest: Partial<MountRequest> = {},
): MountRequest {
  const all: Record<string, string | undefined> = {
    "csi.storage.k8s.io/pod.name": "web",
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": "0b7d",
    "csi.storage.k8s.io/serviceAccount.name": "web-sa",
    secretProviderClass: "kv",
    keyvaultName: "kv1",
    tenantId: TENANT,
    useVMManagedIdentity: "true",
    objects: anObjectsText("objectName: secret1\nobjectType: secret"),
    ...attributes,
  };
  const kept = Object.entries(all).filter(([, value]) => value !== undefined);
  return {
    attributes: Object.fromEntries(kept) as Record<string, string>,
    nodePublishSecrets: null,
    serviceAccountTokens: [],
    permission: 0o644,
    ...rest,
  };
}

/** A mount as the workload identity of its pod's service account. */
export function aWorkloadRequest(
  attributes: Readonly<Record<string, string | undefined>> = {},
): MountRequest {
  const asWorkload = { useVMManagedIdentity: undefined, clientID: "app-1" };
  return aRequest(
    { ...asWorkload, ...attributes },
    { serviceAccountTokens: ["api://AzureADTokenExchange"] },
  );
}

/** The usual spelling: one block scalar an object. */
export function anObjectsText(...objects: readonly string[]): string {
  const items = objects.map(
    (object) => `  - |\n    ${object.split("\n").join("\n    ")}\n`,
  );
  return `array:\n${items.join("")}`;
}

export function aToken() {
  return {
    aud: "https://vault.azure.net",
    iss: `https://sts.windows.net/${TENANT}/`,
    tid: TENANT,
    oid: "oid-1",
    appid: "app-1",
    appidacr: "2",
    idtyp: "app" as const,
    exp: START_MS / 1000 + 3600,
  };
}

export const refusal = (error: VaultError): VaultReply => ({
  ok: false,
  error,
});

export const challenge = (resource = "https://vault.azure.net"): VaultReply =>
  refusal({
    status: 401,
    code: "Unauthorized",
    message: "AKV10000: Request is missing a Bearer or PoP token.",
    challenge: {
      authorization: `https://login.microsoftonline.com/${TENANT}`,
      resource,
    },
  });

export const notFound = (name: string): VaultReply =>
  refusal({
    status: 404,
    code: "SecretNotFound",
    message: `A secret with (name/id) ${name} was not found in this key vault.`,
  });

/** 32 hexadecimal digits that end in the ordinal. */
export const versionId = (ordinal: number): string =>
  ordinal.toString(16).padStart(32, "0");

export function aBundle(
  name: string,
  value: string,
  ordinal = 1,
): SecretBundle {
  const version = versionId(ordinal);
  return {
    value,
    id: `https://kv1.vault.azure.net/secrets/${name}/${version}`,
    version,
    attributes: { enabled: true },
    content: {
      object: `kv1/secrets/${name}`,
      version,
      ordinal,
      form: "as-is",
      from: 7,
    },
  };
}

/** Challenges without a token; with one, serves the newest version of each secret, or a 404. */
export function aVaultWith(secrets: Readonly<Record<string, string>>): Answer {
  return ({ name, token }) => {
    if (token === null) return challenge();
    const value = secrets[name];
    return value === undefined
      ? notFound(name)
      : { ok: true, bundle: aBundle(name, value) };
  };
}

/** Challenges without a token; with one, serves every version of one secret; values are `value of v<n>`. */
export function aVaultWithVersions(
  versions: readonly {
    readonly ordinal: number;
    readonly created: number;
    readonly enabled?: boolean;
  }[],
): Answer {
  return ({ operation, name, version, token }) => {
    if (token === null) return challenge();
    if (operation === "SecretListVersions") {
      const items: VersionItem[] = versions.map((each) => ({
        version: versionId(each.ordinal),
        enabled: each.enabled ?? true,
        created: each.created,
      }));
      return { ok: true, versions: items };
    }
    const ordinal = version === null ? versions.length : parseInt(version, 16);
    return {
      ok: true,
      bundle: aBundle(name, `value of v${ordinal}`, ordinal),
    };
  };
}

/** A small world around the vault: a clock, a client that collects its answers, and a way to read the audit log. */
import type {
  CertificateBundle,
  KeyBundle,
  SecretBundle,
  VaultReply,
  VaultRequest,
  VersionItem,
} from "../../src/cluster-sim/ports.ts";
import { ValueBook } from "../../src/kernel/content.ts";
import type { SimEvent } from "../../src/kernel/event-queue.ts";
import type { ReplyEvent } from "../../src/kernel/port.ts";
import { Simulation } from "../../src/kernel/simulation.ts";
import type { EpochMs } from "../../src/kernel/time.ts";
import { parseInstant } from "../../src/kernel/time.ts";
import type { Cause, Fact, Instance } from "../../src/kernel/trace.ts";
import { instances } from "../../src/kernel/trace.ts";
import type {
  KeyVaultConfig,
  KeyVaultError,
  Outcome,
  TokenClaims,
  VaultAccess,
} from "../../src/keyvault-mock/index.ts";
import { KeyVault } from "../../src/keyvault-mock/index.ts";
import type { SecretSetFact } from "../../src/keyvault-mock/facts.ts";
import type { VaultRequestData } from "../../src/keyvault-mock/audit.ts";

export const START = parseInstant("2024-04-29T09:00:00Z")!;
export const TENANT = "8d1f0000-0000-4000-8000-000000000001";
export const OID = "11111111-2222-4333-8444-555555555555";
export const APPID = "66666666-7777-4888-9999-000000000000";
/** `appid=…;oid=…;iss=…` of `aToken()`. */
export const CALLER = `appid=${APPID};oid=${OID};iss=https://sts.windows.net/${TENANT}/`;

export interface Answer {
  readonly t: EpochMs;
  readonly reply: VaultReply;
  readonly causes: readonly Cause[];
}

export interface Asked {
  readonly t: EpochMs;
  readonly data: VaultRequestData;
  readonly instance: Instance;
}

interface WorldOptions {
  readonly seed?: number;
  readonly config?: Partial<KeyVaultConfig>;
  readonly access?: VaultAccess;
}

/** A world with the vault `kvdemo`, open unless told otherwise. */
export function aWorld(options: WorldOptions = {}) {
  const { seed = 1, config = {}, access = { mode: "open" } } = options;
  const sim = new Simulation({ seed, start: START });
  const values = sim.add(new ValueBook());
  let settings = config;
  const vaults = sim.add(new KeyVault({ sim, values, config: () => settings }));
  const answers: Answer[] = [];
  sim.add({
    name: "client",
    state: null,
    handle(event: SimEvent) {
      const { reply } = event as ReplyEvent<VaultReply>;
      answers.push({ t: sim.now, reply, causes: sim.trace.causes });
    },
  });
  const written: Fact[] = [];
  sim.trace.addSink({ fact: (fact) => written.push(fact) });
  const facts = () =>
    [...written, ...sim.trace.openRuns()].sort((a, b) => a.seq - b.seq);
  const world = {
    sim,
    values,
    vaults,
    answers,
    /** Everything in the trace so far, by seq. */
    facts,
    /** Every new version so far, in order. */
    sets: () =>
      facts()
        .filter((fact) => fact.type === "vault.secret.set")
        .map((fact) => fact.data as SecretSetFact["data"]),
    factsOf: (type: string) => facts().filter((fact) => fact.type === type),
    /** The audit log so far: each request by itself, runs taken apart. */
    audit: (): Asked[] =>
      facts()
        .filter((fact) => fact.type === "vault.request")
        .flatMap((fact) => [...instances(fact)])
        .map((instance) => ({
          t: instance.t,
          data: instance.fact.data as VaultRequestData,
          instance,
        })),
    configure: (changed: Partial<KeyVaultConfig>) => {
      settings = { ...settings, ...changed };
    },
    /** Sends a client's request now; the answer comes in `answers`. */
    ask: (request: Partial<VaultRequest> = {}) =>
      sim.command(() =>
        vaults.request(aRequest(request), { target: "client", tag: {} }),
      ),
    /** Asks, waits for the answer and returns it. */
    reply: (request: Partial<VaultRequest> = {}): VaultReply => {
      const before = answers.length;
      world.ask(request);
      while (answers.length === before) sim.step();
      return answers[before]!.reply;
    },
    /** Runs a command of the operator. */
    run: <T>(act: (vaults: KeyVault) => T): T => sim.command(() => act(vaults)),
  };
  world.run((v) => v.createVault({ name: "kvdemo", access }));
  return world;
}

export type World = ReturnType<typeof aWorld>;

export function aToken(claims: Partial<TokenClaims> = {}): TokenClaims {
  return {
    aud: "https://vault.azure.net",
    iss: `https://sts.windows.net/${TENANT}/`,
    tid: TENANT,
    oid: OID,
    appid: APPID,
    appidacr: "2",
    idtyp: "app",
    exp: START / 1000 + 400 * 86_400,
    ...claims,
  };
}

export function aRequest(request: Partial<VaultRequest> = {}): VaultRequest {
  return {
    vault: "kvdemo",
    operation: "SecretGet",
    name: "secret1",
    version: null,
    apiVersion: "7.4",
    token: aToken(),
    caller: aCaller("default/busybox"),
    ...request,
  };
}

export function aCaller(pod: string | null) {
  return {
    pod,
    node: "node-0",
    ip: "10.224.0.4",
    userAgent: "azsdk-go-azsecrets/v0.13.0 (go1.25.11; linux)",
  };
}

/** The error of a refusal; fails the test when there is none. */
export function errorOf(outcome: Outcome<unknown> | VaultReply): KeyVaultError {
  if (outcome.ok) throw new Error("expected a refusal, got a result");
  return outcome.error;
}

/** The result of a success; fails the test on a refusal. */
export function resultOf<T>(outcome: Outcome<T>): { ok: true } & T {
  if (!outcome.ok)
    throw new Error(`expected a result, got ${outcome.error.message}`);
  return outcome;
}

/** What a get of a secret, key or certificate answered; fails the test on anything else. */
export function secretOf(reply: VaultReply): SecretBundle {
  if (!reply.ok || !("bundle" in reply)) throw new Error("expected a secret");
  return reply.bundle;
}

export function keyOf(reply: VaultReply): KeyBundle {
  if (!reply.ok || !("key" in reply)) throw new Error("expected a key");
  return reply.key;
}

export function certificateOf(reply: VaultReply): CertificateBundle {
  if (!reply.ok || !("certificate" in reply))
    throw new Error("expected a certificate");
  return reply.certificate;
}

export function versionsOf(reply: VaultReply): readonly VersionItem[] {
  if (!reply.ok || !("versions" in reply)) throw new Error("expected versions");
  return reply.versions;
}

/** Status, code and inner code in one line: `403 Forbidden SecretDisabled`. */
export function inShort({ status, code, innerCode }: KeyVaultError): string {
  return [status, code, innerCode ?? ""].join(" ").trim();
}

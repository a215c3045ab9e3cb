/**
 * Databases whose credentials are secrets of a vault, the component `databases`: which password each takes when, and the
 * answer to whoever presents one.
 *
 * single   Who rotates writes the vault first and changes the password `switchAfterMs` later: until then the old one is
 *          right and the new one is not yet; from that instant on the new one alone.
 * dual     Each rotation renews the credential that is not in use and then writes it into the vault: version k is right
 *          from its set until version k + 2 is set; `switchAfterMs` means nothing here.
 *
 * What counts is bytes: versions with the same value are one password, and are taken and refused together.
 *
 * Timers   switchAfterMs  of `single`, from the set; each set has its own
 * Emits    database.switched, also at the creation where the secret has a version already
 * Source: Azure-Samples/KeyVault-Rotation-SQLPassword-Csharp; Azure Key Vault docs, tutorial-rotation and tutorial-rotation-dual;
 *         alternatives.md 6
 * Simplification: The database's password is changed by whoever sets a new version; the Function that does both in Azure, and its failure between the two, are not modelled.
 */
import type {
  CredentialChecker,
  CredentialReply,
} from "../../cluster-sim/ports.ts";
import { bytesEqual } from "../../kernel/bytes.ts";
import type { ContentRef, ValueBook } from "../../kernel/content.ts";
import { invariant } from "../../kernel/errors.ts";
import type { SimEvent } from "../../kernel/event-queue.ts";
import { Rank } from "../../kernel/event-queue.ts";
import type { ReplyTo } from "../../kernel/port.ts";
import { sendReply } from "../../kernel/port.ts";
import type { Component, Simulation } from "../../kernel/simulation.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { DatabaseSwitchedFact } from "../facts.ts";
import type { SecretSet } from "../../keyvault-mock/index.ts";
import type { SecretObserver } from "../ports.ts";
import type { DatabaseSpec } from "./database-spec.ts";

export interface DatabasesOptions {
  readonly sim: Simulation;
  readonly values: ValueBook;
  /** From an attempt to sign in to its answer; asked at each use. */
  readonly latencyMs: () => DurationMs;
  readonly secrets: SecretObserver;
}

export type DatabaseOutcome =
  { readonly ok: true } | { readonly ok: false; readonly error: string };

interface Database {
  readonly spec: DatabaseSpec;
  /** Versions whose bytes it takes, the oldest first: its passwords, one or two. */
  accepts: readonly SecretSet[];
  /** All versions that have those bytes: their ordinals, ascending. */
  ordinals: readonly number[];
  /** `seq` of its latest `database.switched`; null: none. */
  switched: number | null;
}

interface DatabasesState {
  /** By name, in order of creation. */
  readonly databases: Map<string, Database>;
  /** Every version of each secret, in order; by `vault/name` in lower case. */
  readonly sets: Map<string, readonly SecretSet[]>;
}

interface SwitchEvent extends SimEvent {
  readonly type: "switch";
  readonly database: string;
  readonly set: SecretSet;
}

/** Credentials of a database that has two. */
const DUAL = 2;

export class Databases implements Component, CredentialChecker {
  readonly name = "databases";
  state: DatabasesState = { databases: new Map(), sets: new Map() };
  readonly #sim: Simulation;
  readonly #values: ValueBook;
  readonly #latencyMs: () => DurationMs;

  constructor({ sim, values, latencyMs, secrets }: DatabasesOptions) {
    this.#sim = sim;
    this.#values = values;
    this.#latencyMs = latencyMs;
    secrets.onSecretSet((set) => this.#onSet(set));
  }

  /** Takes the newest version of its secret from the beginning, of two credentials the two newest. Names are unique. */
  create(spec: DatabaseSpec): DatabaseOutcome {
    const { name, vault, secret, credentials } = spec;
    if (this.state.databases.has(name))
      return {
        ok: false,
        error: `Failed to create database ${name}: there is one already`,
      };
    const database: Database = {
      spec,
      accepts: [],
      ordinals: [],
      switched: null,
    };
    this.state.databases.set(name, database);
    const sets = this.state.sets.get(keyOf(vault, secret)) ?? [];
    const accepts = sets.slice(credentials === "single" ? -1 : -DUAL);
    if (accepts.length > 0) this.#switch(database, accepts);
    return { ok: true };
  }

  /** Nobody is let in where there is no such database. A refusal has the fact of the latest switch among its causes. */
  request(
    {
      database: name,
      credential,
    }: { readonly database: string; readonly credential: ContentRef },
    replyTo: ReplyTo,
  ): void {
    const { trace } = this.#sim;
    const database = this.state.databases.get(name);
    const presented = this.#bytes(credential);
    const accepted =
      database?.accepts.some(({ content }) =>
        bytesEqual(this.#bytes(content), presented),
      ) ?? false;
    const { causes } = trace;
    const switched = database?.switched ?? null;
    if (!accepted && switched !== null) trace.causes = [...causes, switched];
    const reply: CredentialReply = { accepted };
    sendReply(this.#sim, replyTo, this.#latencyMs(), reply);
    trace.causes = causes;
  }

  handle(event: SimEvent): void {
    const { database: name, set } = event as SwitchEvent;
    this.#switch(this.state.databases.get(name)!, [set]);
  }

  #onSet(set: SecretSet): void {
    const key = keyOf(set.vault, set.name);
    const sets = [...(this.state.sets.get(key) ?? []), set];
    this.state.sets.set(key, sets);
    for (const database of this.state.databases.values()) {
      const { name, vault, secret, credentials } = database.spec;
      if (keyOf(vault, secret) !== key) continue;
      if (credentials === "dual") this.#switch(database, sets.slice(-DUAL));
      else if (database.accepts.length === 0) this.#switch(database, [set]);
      else this.#switchLater(name, database.spec.switchAfterMs, set);
    }
  }

  #switchLater(database: string, afterMs: DurationMs, set: SecretSet): void {
    const event: SwitchEvent = { type: "switch", database, set };
    const { vaultTimer: rank } = Rank;
    this.#sim.after(afterMs, { rank, target: this.name, event });
  }

  #switch(database: Database, accepts: readonly SecretSet[]): void {
    const { trace } = this.#sim;
    const { name, vault, secret } = database.spec;
    const before = database.ordinals;
    const ordinals = this.#ordinalsLike(database, accepts);
    const data: DatabaseSwitchedFact["data"] = {
      database: name,
      object: `${vault}/secrets/${secret}`,
      accepts: ordinals,
      refuses: before.filter((ordinal) => !ordinals.includes(ordinal)),
    };
    const { causes } = trace;
    const { fact } = accepts.at(-1)!;
    database.accepts = accepts;
    database.ordinals = ordinals;
    database.switched = trace.record({
      type: "database.switched" satisfies DatabaseSwitchedFact["type"],
      at: this.name,
      about: name,
      data,
      causes: [fact, ...causes.filter((cause) => cause !== fact)],
    });
    // What set the version goes on for its own reasons.
    trace.causes = causes;
  }

  /** Of every version of its secret that has the bytes of one of these. */
  #ordinalsLike(
    { spec: { vault, secret } }: Database,
    accepts: readonly SecretSet[],
  ): number[] {
    const passwords = accepts.map(({ content }) => this.#bytes(content));
    return (this.state.sets.get(keyOf(vault, secret)) ?? [])
      .filter(({ content }) => {
        const bytes = this.#bytes(content);
        return passwords.some((password) => bytesEqual(password, bytes));
      })
      .map(({ ordinal }) => ordinal);
  }

  #bytes(content: ContentRef): Uint8Array {
    const bytes = this.#values.get(content);
    invariant(
      bytes !== null,
      "ValueMissing",
      `Failed to check a credential: the value book has no version ${content.version} of ${content.object}`,
    );
    return bytes;
  }
}

/** Names of vaults and secrets compare without case. */
function keyOf(vault: string, secret: string): string {
  return `${vault}/${secret}`.toLowerCase();
}

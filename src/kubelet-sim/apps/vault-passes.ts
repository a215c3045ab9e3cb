/**
 * One look of an application at Key Vault, by its kind: plain code gets the newest version of its secret; .NET's
 * configuration provider lists all secrets, gets those whose `updated` has changed and swaps everything at the end; Spring's
 * property source lists all and gets each enabled one, in turn.
 *
 * Source: Azure/azure-sdk-for-net AzureKeyVaultConfigurationProvider.cs LoadAsync, ParallelSecretLoader.cs; Azure/azure-sdk-for-java
 *         KeyVaultOperation.java, KeyVaultPropertySource.java; alternatives.md 2
 * From code alone: After a failed pass of .NET's provider the next one gets every secret anew and does not fire its change token.
 * From code alone: A failed pass of Spring's property source ends its timer's thread, and no pass follows.
 * Simplification: .NET's provider and Spring's property source read all secrets of the vault; filters, prefixes and `secret-keys` are not modelled.
 */
import type { SecretBundle, SecretItem } from "../../cluster-sim/ports.ts";
import type { ContentRef } from "../../kernel/content.ts";
import type { AppRecord, LoadedSecret, SdkCall } from "./app-record.ts";
import { sameName } from "./app-record.ts";
import { DOTNET_PARALLEL_READS } from "./defaults.ts";
import type { AppVaultClient, CallOutcome } from "./vault-client.ts";

export type PassOutcome =
  | {
      readonly ok: true;
      /** Of the application's own secret; null: the vault has no enabled one of that name. */
      readonly content: ContentRef | null;
      /** What .NET's provider does with its change token; null: it has nothing to tell, and other kinds have none. */
      readonly notified: boolean | null;
    }
  | { readonly ok: false; readonly error: string };

export interface VaultPassesOptions {
  readonly client: AppVaultClient;
  readonly ended: (record: AppRecord, outcome: PassOutcome) => void;
}

export class VaultPasses {
  readonly #options: VaultPassesOptions;

  constructor(options: VaultPassesOptions) {
    this.#options = options;
  }

  /** Begins a pass; `ended` is told of its end, always later. */
  begin(record: AppRecord): void {
    const { spec } = record;
    const lists = spec.how === "dotnet" || spec.how === "spring";
    record.pass = {
      listed: !lists,
      queue: [],
      calls: [],
      before: record.loaded,
      found: new Map(),
      got: 0,
    };
    record.loaded = null;
    if (lists) this.#list(record, null);
    else if (spec.source.kind === "vault")
      this.#get(record, spec.source.secret);
  }

  /** The end of a call that belongs to a pass. */
  onCall(
    record: AppRecord,
    id: number,
    call: SdkCall,
    outcome: CallOutcome,
  ): void {
    const { pass } = record;
    const at = pass?.calls.indexOf(id) ?? -1;
    // A call of a pass that another of its calls has failed.
    if (pass === null || at < 0) return;
    pass.calls.splice(at, 1);
    if (!outcome.ok) return this.#end(record, outcome);
    const { reply } = outcome;
    if ("secrets" in reply) {
      for (const item of reply.secrets) this.#listed(record, item);
      pass.listed = reply.next === null;
      if (reply.next !== null) this.#list(record, reply.next);
    } else if ("bundle" in reply) this.#got(record, call.name, reply.bundle);
    this.#proceed(record);
  }

  #listed(record: AppRecord, { name, enabled, updated }: SecretItem): void {
    const pass = record.pass!;
    if (!enabled) return;
    const known = pass.before?.get(name);
    if (known?.updated === updated) pass.found.set(name, known);
    else pass.queue.push({ name, updated });
  }

  #got(record: AppRecord, name: string, bundle: SecretBundle): void {
    const pass = record.pass!;
    const { source } = record.spec;
    const own = source.kind === "vault" && sameName(source.secret, name);
    const updated = bundle.attributes["updated"] as number;
    pass.got += 1;
    pass.found.set(name, { updated, content: own ? bundle.content : null });
  }

  #proceed(record: AppRecord): void {
    const pass = record.pass!;
    const { queue, calls, listed } = pass;
    const parallel = record.spec.how === "dotnet" ? DOTNET_PARALLEL_READS : 1;
    while (queue.length > 0 && calls.length < parallel)
      this.#get(record, queue.shift()!.name);
    if (!listed || calls.length > 0) return;
    this.#end(record, this.#outcome(record));
  }

  #outcome(record: AppRecord): PassOutcome {
    const { how, source } = record.spec;
    const { before, found, got } = record.pass!;
    const secret = source.kind === "vault" ? source.secret : "";
    const own = [...found].find(([name]) => sameName(name, secret));
    const content = own?.[1].content ?? null;
    if (how !== "dotnet") return { ok: true, content, notified: null };
    record.loaded = found;
    const moved = got > 0 || vanished(before, found);
    const notified = moved && record.everLoaded ? before !== null : null;
    record.everLoaded = true;
    return { ok: true, content, notified };
  }

  #list(record: AppRecord, after: string | null): void {
    this.#call(record, { operation: "SecretList", name: "", after });
  }

  #get(record: AppRecord, name: string): void {
    this.#call(record, { operation: "SecretGet", name, after: null });
  }

  #call(
    record: AppRecord,
    what: Pick<SdkCall, "operation" | "name" | "after">,
  ): void {
    record.pass!.calls.push(this.#options.client.call(record, what));
  }

  #end(record: AppRecord, outcome: PassOutcome): void {
    record.pass = null;
    this.#options.ended(record, outcome);
  }
}

/** Whether a name that was held is held no more. */
function vanished(
  before: ReadonlyMap<string, LoadedSecret> | null,
  found: ReadonlyMap<string, LoadedSecret>,
): boolean {
  return [...(before ?? [])].some(([name]) => !found.has(name));
}

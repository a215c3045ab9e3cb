/**
 * What the provider would otherwise work out again for each mount. Pure: what it holds changes no answer, so it is no
 * part of the provider's state.
 */
import type { Checked } from "./checked.ts";
import { checked } from "./checked.ts";
import type { Fetch } from "./history.ts";
import { firstFetch } from "./history.ts";
import type { MountRequest } from "./mount.ts";
import type { MountPlan, ProviderProcess } from "./mount-plan.ts";
import { planMount } from "./mount-plan.ts";
import { parseObjects } from "./objects.ts";
import type { ProviderTraits } from "./traits.ts";
import { providerTraits } from "./traits.ts";

/** Parsed texts kept at most; beyond that the cache starts anew. */
const CACHED_TEXTS = 256;

export class ParseCache {
  #version = "";
  #traits: ProviderTraits | null = null;
  #tokenProxy = true;
  readonly #fetches = new Map<string, Checked<readonly Fetch[]>>();
  /** By the very request: a driver that asks again with the same object gets the same plan. */
  #plans = new WeakMap<MountRequest, Checked<MountPlan>>();

  traits(version: string): ProviderTraits {
    if (this.#traits === null || this.#version !== version) {
      this.#traits = providerTraits(version);
      this.#version = version;
      this.#plans = new WeakMap();
    }
    return this.#traits;
  }

  /** All checks before the first request. `traits` are those of the last call of `traits`. */
  plan(
    request: MountRequest,
    traits: ProviderTraits,
    process: ProviderProcess,
  ): Checked<MountPlan> {
    if (process.tokenProxy !== this.#tokenProxy) {
      this.#tokenProxy = process.tokenProxy;
      this.#plans = new WeakMap();
    }
    let plan = this.#plans.get(request);
    if (plan === undefined) {
      plan = planMount(request, traits, process, (text) =>
        this.fetches(text, traits),
      );
      this.#plans.set(request, plan);
    }
    return plan;
  }

  /** The first call for each object of an `objects` text. */
  fetches(text: string, traits: ProviderTraits): Checked<readonly Fetch[]> {
    const key = traits.versionHistory ? text : `no history ${text}`;
    const known = this.#fetches.get(key);
    if (known !== undefined) return known;
    const objects = parseObjects(text, traits);
    const fetches = objects.ok
      ? checked(objects.value.map(firstFetch))
      : objects;
    if (this.#fetches.size >= CACHED_TEXTS) this.#fetches.clear();
    this.#fetches.set(key, fetches);
    return fetches;
  }
}

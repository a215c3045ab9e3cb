/**
 * What the node server writes as SecretProviderClassPodStatus, remembered by volume: a quiet fleet writes the same again
 * and again, and the API server knows an object that it has seen. The memory changes no answer, and a restored world
 * begins with an empty one.
 */
import type { Stored } from "../../cluster-sim/ports.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { ObjectVersion, PodMount } from "./pod-status.ts";
import { podStatusManifest, podStatusUpdate } from "./pod-status.ts";

interface Remembered {
  readonly secretProviderClass: string;
  readonly versions: readonly ObjectVersion[];
  readonly manifest: JsonObject;
  /** The last update, and what it was made of; null before the first. */
  update: { readonly of: Stored; readonly object: JsonObject } | null;
}

export class PodStatusWrites {
  readonly #node: string;
  readonly #last = new Map<string, Remembered>();

  constructor(node: string) {
    this.#node = node;
  }

  /** `key`: of the volume. The very object of the last call while class and versions are those of the last call. */
  manifest(
    key: string,
    mount: PodMount,
    versions: readonly ObjectVersion[],
  ): JsonObject {
    return this.#of(key, mount, versions).manifest;
  }

  /** The update of a status that is there; the very object of the last call while the status is that of the last call, too. */
  update(
    key: string,
    mount: PodMount,
    versions: readonly ObjectVersion[],
    stored: Stored,
  ): JsonObject {
    const last = this.#of(key, mount, versions);
    if (last.update?.of !== stored) {
      const object = podStatusUpdate(stored, last.manifest);
      last.update = { of: stored, object };
    }
    return last.update.object;
  }

  forget(key: string): void {
    this.#last.delete(key);
  }

  #of(
    key: string,
    mount: PodMount,
    versions: readonly ObjectVersion[],
  ): Remembered {
    const { secretProviderClass } = mount;
    const known = this.#last.get(key);
    if (
      known !== undefined &&
      known.secretProviderClass === secretProviderClass &&
      sameVersions(known.versions, versions)
    )
      return known;
    const manifest = podStatusManifest(this.#node, mount, versions);
    const made = { secretProviderClass, versions, manifest, update: null };
    this.#last.set(key, made);
    return made;
  }
}

function sameVersions(
  a: readonly ObjectVersion[],
  b: readonly ObjectVersion[],
): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++)
    if (a[i]!.id !== b[i]!.id || a[i]!.version !== b[i]!.version) return false;
  return true;
}

/**
 * What the node server asks the provider, remembered by volume: a quiet fleet asks the same again and again, and the
 * provider knows a request that it has seen. The memory changes no answer, and a restored world begins with an empty one.
 */
import type { NodePublishRequest } from "../ports.ts";
import type { MountRequest } from "./azure-provider/mount.ts";
import type { SecretProviderClassSpec } from "./driver-context.ts";
import { mountRequest } from "./driver-context.ts";

interface Remembered {
  readonly spec: SecretProviderClassSpec;
  readonly attributes: NodePublishRequest["attributes"];
  readonly secrets: NodePublishRequest["secrets"];
  readonly tokenAudiences: readonly string[];
  readonly ask: MountRequest;
}

export class MountRequests {
  readonly #asks = new Map<string, Remembered>();

  /** `key`: of the volume. The very object of the last call when class, volume and credentials are those of the last call. */
  of(
    key: string,
    request: NodePublishRequest,
    className: string,
    spec: SecretProviderClassSpec,
    tokenAudiences: readonly string[],
  ): MountRequest {
    const { attributes, secrets } = request;
    const known = this.#asks.get(key);
    if (
      known !== undefined &&
      known.spec === spec &&
      known.attributes === attributes &&
      known.secrets === secrets &&
      known.tokenAudiences === tokenAudiences
    )
      return known.ask;
    const ask = mountRequest(
      { ...request, secretProviderClass: className },
      spec.parameters!,
      attributes,
      { secrets, tokenAudiences },
    );
    this.#asks.set(key, { spec, attributes, secrets, tokenAudiences, ask });
    return ask;
  }

  forget(key: string): void {
    this.#asks.delete(key);
  }
}

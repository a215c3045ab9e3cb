/** One NodePublishVolume in flight, as its parts see it, and how it is reported. */
import type { ReplyTo } from "../../kernel/port.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { PublishFact } from "../facts.ts";
import type { NodePublishRequest } from "../ports.ts";
import type { DriverContext } from "./driver-context.ts";
import type { PublishFailure } from "./publish-checks.ts";

export interface PublishCall {
  readonly request: NodePublishRequest;
  /** `volumeKey` of the request. */
  readonly key: string;
  readonly className: string;
  readonly replyTo: ReplyTo;
  /** Whether the volume was mounted when the call came. */
  readonly remount: boolean;
  readonly askedAt: EpochMs;
}

/** Key of a volume on its node. */
export function volumeKey(request: {
  readonly uid: string;
  readonly volume: string;
}): string {
  return `${request.uid}/${request.volume}`;
}

/**
 * Records how a publish ended; what follows it is caused by what led to it. `failure` is null where nothing failed.
 */
export function reportPublish(
  { sim, node }: DriverContext,
  type: PublishFact["type"],
  call: PublishCall,
  failure: PublishFailure | null,
): void {
  const { causes } = sim.trace;
  const { namespace, pod: name, uid, volume } = call.request;
  sim.trace.repeat({
    type,
    at: `${node}/csi-driver`,
    about: `${namespace}/${name}`,
    data: {
      namespace,
      name,
      uid,
      volume,
      secretProviderClass: call.className,
      first: !call.remount,
      errorType: failure?.errorType ?? "",
      error: failure?.desc ?? "",
      durationMs: sim.now - call.askedAt,
    } satisfies PublishFact["data"],
  });
  sim.trace.causes = causes;
}

/**
 * Every duration and limit of the control plane, with its source. Profiles override latencies; the rest are upstream
 * constants.
 */
import { MINUTE_MS, SECOND_MS } from "../kernel/time.ts";

/**
 * From the disappearance of an owner to the deletion of its dependents.
 * Source: kubernetes/kubernetes v1.32 pkg/controller/garbagecollector/garbagecollector.go (workers run as soon as the
 * graph builder has queued an item; there is no fixed delay).
 * Setting: How long the garbage collector takes from an owner's deletion to its dependents' is 100 ms, a judgement; upstream works as soon as it can.
 */
export const GARBAGE_COLLECTION_DELAY_MS = 100;

/** How long a client waits for a connection. Source: client-go v0.32 transport/cache.go, net.Dialer Timeout. */
export const DIAL_TIMEOUT_MS = 30 * SECOND_MS;

/** How often a client asks again when an answer carries Retry-After. Source: client-go v0.32 rest/request.go, maxRetries. */
export const RETRY_AFTER_TRIES = 10;
/** Retry-After of a 429. Source: kubernetes/apiserver v0.32 pkg/server/filters/priority-and-fairness.go (1 s at the least). */
export const TOO_MANY_REQUESTS_RETRY_MS = SECOND_MS;

/** First pause before a reflector lists or watches again. Source: client-go v0.32 tools/cache/reflector.go; kubelet.md 2.1. */
export const REFLECTOR_BACKOFF_MS = 800;
/** Longest such pause before its jitter. Source: as above. */
export const REFLECTOR_BACKOFF_MAX_MS = 30 * SECOND_MS;
/** After so long without a new pause the next one is the first again. Source: as above, backoffResetDuration. */
export const REFLECTOR_BACKOFF_RESET_MS = 2 * MINUTE_MS;

/** First pause before a pod that could not be bound is tried again; doubles. Source: kubernetes v1.32 pkg/scheduler/backend/queue/scheduling_queue.go, DefaultPodInitialBackoffDuration. */
export const POD_BACKOFF_MS = SECOND_MS;
/** Longest such pause. Source: as above, DefaultPodMaxBackoffDuration. */
export const POD_BACKOFF_MAX_MS = 10 * SECOND_MS;
/** How often pods whose pause is over are taken out of the back-off queue. Source: as above, flushBackoffQCompleted. */
export const POD_BACKOFF_FLUSH_MS = SECOND_MS;

/** First pause of a controller's queue after a failure; doubles. Source: client-go v0.32 util/workqueue/default_rate_limiters.go. */
export const WORK_QUEUE_BACKOFF_MS = 5;
/** Longest such pause. Source: as above. */
export const WORK_QUEUE_BACKOFF_MAX_MS = 1000 * SECOND_MS;

/** Grace of a pod whose spec does not say. Source: kubernetes v1.32 pkg/apis/core/v1/defaults.go, `terminationGracePeriodSeconds`. */
export const POD_GRACE_PERIOD_SECONDS = 30;

/** Most bytes in one Secret's data. Source: kubernetes v1.32 pkg/apis/core/types.go MaxSecretSize. */
export const MAX_SECRET_BYTES = 1024 * 1024;

/** Most bytes in all annotations of an object. Source: apimachinery v0.32 pkg/api/validation/objectmeta.go. */
export const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** Source: client-go v0.32 tools/record/events_cache.go, `maxLruCacheEntries`. */
export const EVENT_CACHE_OBJECTS = 4096;
/** Different messages of one reason that make the recorder combine them. Source: as above, `defaultAggregateMaxEvents`. */
export const EVENT_AGGREGATE_MAX = 10;
/** An aggregate is forgotten after this silence. Source: as above, `defaultAggregateIntervalInSeconds`. */
export const EVENT_AGGREGATE_INTERVAL_MS = 600 * SECOND_MS;
/** Events of one object that pass at once. Source: as above, `defaultSpamBurst`. */
export const EVENT_SPAM_BURST = 25;
/** One more event of an object passes after this long. Source: as above, `defaultSpamQPS`. */
export const EVENT_SPAM_REFILL_MS = 300 * SECOND_MS;
/** How often a recorder tries to write one Event. Source: client-go v0.32 tools/record/event.go, `maxTriesPerEvent`. */
export const EVENT_TRIES = 12;
/** Pause between two tries; the first one is a uniform part of it. Source: as above, `defaultSleepDuration`. */
export const EVENT_RETRY_MS = 10 * SECOND_MS;
/** Events that wait behind one that cannot be written; more are dropped. Source: as above, `maxQueuedEvents`. */
export const EVENT_QUEUE_LENGTH = 1000;
/** From this minor version on the spam filter counts Normal and Warning apart. Source: kubelet.md 6.6. */
export const EVENT_SPAM_BY_TYPE_MINOR = 32;

/**
 * How long kubelets may cache Secrets and ConfigMaps by the number of nodes: a step is left upwards above `sizeMax` nodes
 * and downwards below `sizeMin`. Source: kubernetes v1.32 pkg/controller/ttl/ttl_controller.go; kubelet.md 2.4.
 */
export const TTL_STEPS: readonly {
  readonly sizeMin: number;
  readonly sizeMax: number;
  readonly ttlSeconds: number;
}[] = [
  { sizeMin: 0, sizeMax: 100, ttlSeconds: 0 },
  { sizeMin: 90, sizeMax: 500, ttlSeconds: 15 },
  { sizeMin: 450, sizeMax: 1000, ttlSeconds: 30 },
  { sizeMin: 900, sizeMax: 2000, ttlSeconds: 60 },
  { sizeMin: 1800, sizeMax: 2 ** 31 - 1, ttlSeconds: 300 },
];

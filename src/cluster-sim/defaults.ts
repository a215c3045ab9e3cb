/**
 * Every duration and limit of the control plane, with its source. Profiles override latencies; the rest are upstream
 * constants.
 */
import { SECOND_MS } from "../kernel/time.ts";

/**
 * From the disappearance of an owner to the deletion of its dependents.
 * Source: kubernetes/kubernetes v1.32 pkg/controller/garbagecollector/garbagecollector.go (workers run as soon as the
 * graph builder has queued an item; there is no fixed delay).
 * Setting: How long the garbage collector takes from an owner's deletion to its dependents' is 100 ms, a judgement; upstream works as soon as it can.
 */
export const GARBAGE_COLLECTION_DELAY_MS = 100;

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
/** From this minor version on the spam filter counts Normal and Warning apart. Source: kubelet.md 6.6. */
export const EVENT_SPAM_BY_TYPE_MINOR = 32;

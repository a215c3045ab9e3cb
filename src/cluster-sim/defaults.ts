/**
 * Every duration and limit of the control plane, with its source. Profiles override latencies; the rest are upstream
 * constants.
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";

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

/** How often an item of Reloader's queue is tried again after an error; then it is dropped. Source: stakater/Reloader v1.4.21 internal/pkg/controller/controller.go handleErr. */
export const RELOADER_REQUEUES = 5;
/** How often Reloader tries to write a workload that somebody else writes at the same time. Source: client-go v0.35 util/retry/util.go, DefaultRetry Steps. */
export const RELOADER_CONFLICT_TRIES = 5;
/** Pause between two such tries; its jitter of a tenth is below a millisecond. Source: as above, Duration. */
export const RELOADER_CONFLICT_PAUSE_MS = 10;
/** Matched workloads of one event that the client's burst lets through at once. Source: reference sheet reloader.md 1.5. */
export const RELOADER_BURST_WORKLOADS = 7;
/** How long a lease holds that nobody renews, by the clock of those who look at it. Source: stakater/Reloader v1.4.21 internal/pkg/leadership/leadership.go. */
export const LEASE_DURATION_MS = 15 * SECOND_MS;
/** A leader that could not renew for so long stops leading. Source: as above. */
export const LEASE_RENEW_DEADLINE_MS = 10 * SECOND_MS;
/** From one look at the lease to the next, and between renewals. Source: as above. */
export const LEASE_RETRY_PERIOD_MS = 2 * SECOND_MS;
/** Life of a lease that was given back. Source: client-go v0.35 tools/leaderelection/leaderelection.go, release. */
export const LEASE_RELEASED_MS = SECOND_MS;
/** From a failing /live to the restart of Reloader's container: failureThreshold 5, periodSeconds 10. Source: stakater/Reloader v1.4.21 deployments/kubernetes/reloader.yaml. */
export const RELOADER_LIVENESS_MS = 50 * SECOND_MS;

/** How often Wave looks at everything again. Source: wave-k8s/wave v0.11.0 cmd/manager/main.go, --sync-period. */
export const WAVE_SYNC_PERIOD_MS = 10 * HOUR_MS;
/** Updates a second that Wave sends once its burst is used up. Source: wave-k8s/wave v0.11.0 pkg/core/backoff.go. */
export const WAVE_UPDATE_RATE = 1;
/** Updates that Wave sends at once. Source: as above. */
export const WAVE_UPDATE_BURST = 100;

/** After so long a controller no longer waits for its cache to show what it created or deleted. Source: kubernetes v1.35 pkg/controller/controller_utils.go, ExpectationsTimeout. */
export const EXPECTATIONS_TIMEOUT_MS = 5 * MINUTE_MS;
/** How often a Deployment comes back after failures in a row; then something else must bring it. Source: kubernetes v1.35 pkg/controller/deployment/deployment_controller.go, maxRetries; kubelet.md 9.1. */
export const DEPLOYMENT_RETRIES = 15;
/** Added to the progress deadline before a stuck Deployment is looked at. Source: kubernetes v1.35 pkg/controller/deployment/progress.go, requeueStuckDeployment. */
export const PROGRESS_CHECK_SLACK_MS = SECOND_MS;
/** From this minor version on Events of a scaling say from which size. Source: kubelet.md 9.1. */
export const SCALED_FROM_MINOR = 32;
/** Pods that a ReplicaSet creates or deletes in one pass at the most. Source: kubernetes v1.35 pkg/controller/replicaset/replica_set.go, BurstReplicas. */
export const BURST_REPLICAS = 500;
/** Keys that a workload controller works on side by side. Source: kubernetes v1.35 pkg/controller/{deployment,replicaset,statefulset}/config/v1alpha1/defaults.go. */
export const CONTROLLER_WORKERS = 5;

/** Default `refreshInterval` of an ExternalSecret. Source: external-secrets v2.9.0 apis/externalsecrets/v1/externalsecret_types.go. */
export const EXTERNAL_SECRETS_INTERVAL_MS = HOUR_MS;
/** First pause after a failed reconcile of External Secrets; doubles. Source: external-secrets v2.9.0 pkg/controllers/common/common.go. */
export const EXTERNAL_SECRETS_BACKOFF_MS = SECOND_MS;
/** Longest such pause. Source: as above. */
export const EXTERNAL_SECRETS_BACKOFF_MAX_MS = 7 * MINUTE_MS;
/** Resync of akv2k8s' informers. Source: SparebankenVest/azure-key-vault-to-kubernetes cmd/azure-keyvault-controller, --azure-resync-period. */
export const AKV2K8S_RESYNC_MS = 30 * SECOND_MS;
/** How often akv2k8s' queues take a failed key again. Source: as above (five retries). */
export const AKV2K8S_RETRIES = 5;
/** How often akv2k8s' env injector asks again before it gives up. Source: cmd/azure-keyvault-env, `env_injector_retries`. */
export const AKV2K8S_ENV_RETRIES = 3;
/** First wait of the injector; doubles. Source: as above, `env_injector_wait_before_retry`. */
export const AKV2K8S_ENV_WAIT_MS = 3 * SECOND_MS;
/** First pause of the kubelet before it starts a container again that ended; doubles. Source: kubernetes v1.32 pkg/kubelet/kubelet.go. */
export const CRASH_LOOP_BACKOFF_MS = 10 * SECOND_MS;
/** Longest such pause. Source: as above. */
export const CRASH_LOOP_BACKOFF_MAX_MS = 5 * MINUTE_MS;
/** Default of the sync controller's --rotation-poll-interval. Source: secrets-store-sync-controller v0.0.4 cmd/main.go. */
export const SYNC_CONTROLLER_INTERVAL_MS = 12 * HOUR_MS;
/** `rotationPollIntervalInSeconds` of the Secret Store extension. Source: Microsoft Learn, Secret Store extension configuration reference. */
export const SECRET_STORE_EXTENSION_INTERVAL_MS = HOUR_MS;
/** Shortest `spec.secret.refresh.interval`. Source: Azure/AppConfiguration-KubernetesProvider v2.6.5 internal/controller/utils.go. */
export const APP_CONFIGURATION_MIN_INTERVAL_MS = MINUTE_MS;
/** Until the App Configuration provider tries again after a failure. Source: as above, RequeueReconcileAfter. */
export const APP_CONFIGURATION_RETRY_MS = 30 * SECOND_MS;
/** Shortest requeue of the App Configuration provider. Source: the same repository, internal/controller/processor.go calculateRequeueAfterInterval. */
export const APP_CONFIGURATION_LEAST_WAIT_MS = SECOND_MS;

/** How often an SDK for Go sends a failed request again. Source: Azure/azure-sdk-for-go sdk/azcore/runtime/policy_retry.go; go-autorest autorest/client.go. */
export const SDK_RETRIES = 3;
/** azcore's wait before try n + 1 is (2^n - 1) times this, jittered. Source: policy_retry.go setDefaults. */
export const SDK_RETRY_DELAY_MS = 800;
/** Longest such wait; a longer Retry-After ends the retries. Source: as above. */
export const SDK_MAX_RETRY_DELAY_MS = MINUTE_MS;
/** azcore's jitter in percent: from 80 up to, not including, 130. Source: policy_retry.go calcDelay. */
export const SDK_RETRY_JITTER_PERCENT = { from: 80, to: 130 } as const;
/** autorest's first wait; it doubles with each try. Source: Azure/go-autorest autorest/client.go, DefaultRetryDuration. */
export const AUTOREST_RETRY_DELAY_MS = 30 * SECOND_MS;
/** Patience of MSAL with one call. Source: AzureAD/microsoft-authentication-library-for-go apps/internal/oauth/ops/internal/comm/comm.go. */
export const SIGN_IN_PATIENCE_MS = 30 * SECOND_MS;
/** A token this close to its end is asked for anew. Source: the same library, apps/internal/base/storage/items.go. */
export const TOKEN_RENEWAL_MS = 5 * MINUTE_MS;

/** `spec.progressDeadlineSeconds` of a Deployment that does not say. Source: kubernetes v1.35 pkg/apis/apps/v1/defaults.go. */
export const PROGRESS_DEADLINE_SECONDS = 600;
/** `spec.revisionHistoryLimit` of a Deployment, StatefulSet or DaemonSet that does not say. Source: as above. */
export const REVISION_HISTORY_LIMIT = 10;
/** maxSurge and maxUnavailable of a Deployment that does not say. Source: as above. */
export const ROLLING_UPDATE_SHARE = "25%";
/** `spec.backoffLimit` of a Job that does not say. Source: kubernetes v1.35 pkg/apis/batch/v1/defaults.go. */
export const JOB_BACKOFF_LIMIT = 6;
/** Finished Jobs that a CronJob keeps. Source: as above. */
export const CRON_SUCCESSFUL_HISTORY = 3;
/** Failed Jobs that a CronJob keeps. Source: as above. */
export const CRON_FAILED_HISTORY = 1;
/** Longest name of a CronJob: its Jobs' names are 11 characters longer. Source: kubernetes v1.35 pkg/apis/batch/validation/validation.go. */
export const CRON_JOB_NAME_MAX = 52;
/** Most operations of one JSON patch. Source: apiserver v0.35 pkg/endpoints/handlers/patch.go, maxJSONPatchOperations. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;

/** Pods that a DaemonSet creates, and that it deletes, in one pass at most. Source: kubernetes v1.35 pkg/controller/daemon/daemon_controller.go, BurstReplicas. */
export const DAEMON_SET_BURST = 250;

/** Pause after the first failed pod of a Job; doubles with each further one. Source: kubernetes v1.35 pkg/controller/job/job_controller.go, DefaultJobPodFailureBackOff. */
export const JOB_BACKOFF_MS = 10 * SECOND_MS;
/** Longest such pause. Source: as above, MaxJobPodFailureBackOff. */
export const JOB_BACKOFF_MAX_MS = 10 * MINUTE_MS;
/** From a change of a pod to the pass over its Job. Source: as above, SyncJobBatchPeriod. */
export const JOB_POD_BATCH_MS = SECOND_MS;
/** Pods that a Job creates, and that it deletes, in one pass at most. Source: as above, MaxPodCreateDeletePerSync. */
export const JOB_PODS_PER_PASS = 500;

/** How long after a schedule's time a CronJob looks, so that the time has come by every clock. Source: kubernetes v1.35 pkg/controller/cronjob/cronjob_controllerv2.go, nextScheduleDelta. */
export const CRON_DELTA_MS = 100;
/** Missed runs of a CronJob above which it says that they are too many. Source: kubernetes v1.35 pkg/controller/cronjob/utils.go, mostRecentScheduleTime. */
export const CRON_MANY_MISSED = 100;

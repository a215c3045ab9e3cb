/**
 * The constants of a node. Those that a user can configure upstream are settings of the profile; these are not.
 *
 * Source: kubernetes/kubernetes v1.35 (paths beside each), kubernetes-sigs/secrets-store-csi-driver v1.5.6
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../kernel/time.ts";

/** Period of the ticker in `syncLoop` that starts due pod syncs. Source: pkg/kubelet/kubelet.go */
export const SYNC_TICK_PERIOD_MS = SECOND_MS;
/** Period of the generic PLEG's relist. Source: pkg/kubelet/kubelet.go genericPlegRelistPeriod */
export const PLEG_RELIST_PERIOD_MS = SECOND_MS;
/** Sleep of the desired-state-of-world populator. Source: pkg/kubelet/volumemanager/volume_manager.go */
export const POPULATOR_PERIOD_MS = 100;
/** Sleep of the volume reconciler. Source: pkg/kubelet/volumemanager/volume_manager.go reconcilerLoopSleepPeriod */
export const RECONCILER_PERIOD_MS = 100;
/** How often a waiting pod sync looks at its volumes. Source: volume_manager.go podAttachAndMountRetryInterval */
export const MOUNT_CHECK_PERIOD_MS = 300;
/** How long a pod sync waits for its volumes. Source: volume_manager.go podAttachAndMountTimeout */
export const MOUNT_WAIT_TIMEOUT_MS = 2 * MINUTE_MS + 3 * SECOND_MS;
/** First delay after a failed SetUp; doubles. Source: pkg/util/goroutinemap/exponentialbackoff/exponential_backoff.go */
export const MOUNT_BACKOFF_INITIAL_MS = 500;
/** Longest delay after a failed SetUp. Source: exponential_backoff.go maxDurationBeforeRetry */
export const MOUNT_BACKOFF_MAX_MS = 2 * MINUTE_MS + 2 * SECOND_MS;
/** Wait after a failed pod sync, before jitter. Source: pkg/kubelet/kubelet.go backOffPeriod */
export const SYNC_ERROR_BACKOFF_MS = 10 * SECOND_MS;
/** How long a read waits for an object's first list. Source: pkg/kubelet/util/manager/watch_based_manager.go */
export const OBJECT_SYNC_TIMEOUT_MS = SECOND_MS;
/** How often such a read looks whether the list has come. Source: watch_based_manager.go Get */
export const OBJECT_SYNC_POLL_MS = 10;
/** Idle time after which an object's watch stops, in sync periods. Source: watch_based_manager.go maxIdleTime */
export const OBJECT_IDLE_SYNC_PERIODS = 5;
/** Least such idle time. Source: watch_based_manager.go minIdleTime */
export const OBJECT_MIN_IDLE_MS = MINUTE_MS;
/** Period of the pass that stops idle watches. Source: watch_based_manager.go startRecycleIdleWatch */
export const OBJECT_IDLE_SWEEP_PERIOD_MS = MINUTE_MS;
/** Deadline of one CSI call. Source: pkg/volume/csi/csi_plugin.go csiTimeout */
export const CSI_CALL_TIMEOUT_MS = 2 * MINUTE_MS;
/** Wait after a pod sync that found the network not ready, before jitter. Source: pkg/kubelet/pod_workers.go backOffOnTransientErrorPeriod */
export const SYNC_TRANSIENT_BACKOFF_MS = SECOND_MS;
/** Period of the kubelet's housekeeping, which ends what runs without a pod. Source: pkg/kubelet/kubelet.go housekeepingPeriod */
export const HOUSEKEEPING_PERIOD_MS = 2 * SECOND_MS;
/** Full pass of the status manager: what the API server did not take is sent again. Source: pkg/kubelet/status/status_manager.go syncPeriod */
export const STATUS_PASS_PERIOD_MS = 10 * SECOND_MS;
/** First delay between the end of a container and its restart; doubles. Source: pkg/kubelet/kubelet.go initialCrashLoopBackOff */
export const CRASH_BACKOFF_INITIAL_MS = 10 * SECOND_MS;
/** Longest such delay unless a kubelet from 1.35 on is told otherwise. Source: pkg/kubelet/kubelet.go MaxCrashLoopBackOff */
export const CRASH_BACKOFF_MAX_MS = 300 * SECOND_MS;
/** A container that ends later than this after its last restart begins anew. Source: pkg/kubelet/kubelet.go (HasExpiredFunc, 2 x MaxCrashLoopBackOff) */
export const CRASH_BACKOFF_RESET_MS = 600 * SECOND_MS;
/** Least time that the runtime gives a container to stop. Source: pkg/kubelet/kuberuntime/kuberuntime_container.go minimumGracePeriodInSeconds */
export const MINIMUM_GRACE_SECONDS = 2;
/** Period of a probe that names none. Source: pkg/apis/core/v1/defaults.go SetDefaults_Probe */
export const PROBE_PERIOD_SECONDS = 10;
/** Jitter of a pod's resync and of its error back-off: up to half the period. Source: pkg/kubelet/pod_workers.go */
export const WORKER_JITTER_PERCENT = 50;

/** Wait before a failed rotation reconcile is tried again. Source: secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go */
export const ROTATION_RETRY_MS = 10 * SECOND_MS;
/** How often the rotation looks again for a pod status that has left the cache. Source: pkg/rotation/reconciler.go maxNumOfRequeues */
export const ROTATION_NOT_FOUND_REQUEUES = 5;
/** Tries of a driver's write of a pod status or a Secret. Source: pkg/rotation/reconciler.go, controllers (wait.Backoff.Steps) */
export const WRITE_TRIES = 5;
/** Between those tries. Source: pkg/rotation/reconciler.go, controllers (wait.Backoff.Duration) */
export const WRITE_RETRY_MS = 1;
/** client-go's default rate limiter: first delay of an item, doubles. Source: k8s.io/client-go util/workqueue/default_rate_limiters.go */
export const REQUEUE_BACKOFF_INITIAL_MS = 5;
/** client-go's default rate limiter: longest delay of an item. Source: default_rate_limiters.go */
export const REQUEUE_BACKOFF_MAX_MS = 1000 * SECOND_MS;
/** client-go's default rate limiter: one requeue of a queue in this time, over all items. Source: default_rate_limiters.go (10 a second) */
export const REQUEUE_PERIOD_MS = 100;
/** client-go's default rate limiter: requeues of a queue that may come at once. Source: default_rate_limiters.go */
export const REQUEUE_BURST = 100;
/** Attempts of a call to the provider that ends as Unavailable. Source: pkg/secrets-store/provider_client.go ServiceConfig */
export const PROVIDER_CALL_ATTEMPTS = 3;
/** Wait before the second attempt, before jitter. Source: provider_client.go ServiceConfig */
export const PROVIDER_RETRY_INITIAL_MS = SECOND_MS;
/** Each further wait, in percent of the one before. Source: provider_client.go ServiceConfig */
export const PROVIDER_RETRY_GROWTH_PERCENT = 110;
/** Longest wait between attempts, before jitter. Source: provider_client.go ServiceConfig */
export const PROVIDER_RETRY_MAX_MS = 10 * SECOND_MS;
/** Lifetime of a service account token that the driver asks for. Source: storage/v1 CSIDriver tokenRequests.expirationSeconds */
export const DRIVER_TOKEN_TTL_MS = HOUR_MS;
/** Rest of its lifetime, in percent, in which a token is renewed. Source: v1.5.6 pkg/k8s/token/token_manager.go requiresRefresh */
export const DRIVER_TOKEN_RENEWAL_PERCENT = 20;
/** Age at which any token is renewed. Source: token_manager.go maxTTL */
export const DRIVER_TOKEN_MAX_AGE_MS = 24 * HOUR_MS;
/** A renewal comes up to this much earlier, in whole seconds below it. Source: token_manager.go maxJitter */
export const DRIVER_TOKEN_JITTER_MS = 10 * SECOND_MS;
/** SPCPS controller: pod or SecretProviderClass not in the cache yet. Source: controllers/secretproviderclasspodstatus_controller.go */
export const SECRET_SYNC_MISSING_RETRY_MS = 5 * SECOND_MS;
/** SPCPS controller: requeue after success. Source: controllers/secretproviderclasspodstatus_controller.go */
export const SECRET_SYNC_REQUEUE_MS = 5 * MINUTE_MS;
/** Period of the owner patcher, first run one period after start. Source: controllers/secretproviderclasspodstatus_controller.go Patcher */
export const OWNER_PATCHER_PERIOD_MS = 5 * SECOND_MS;
/** Mode that the driver asks the provider for. Source: pkg/secrets-store/nodeserver.go */
export const DRIVER_FILE_PERMISSION = 0o644;
/** Mode of the files of Secret, ConfigMap, projected and downward API volumes unless the pod says otherwise. Source: pkg/apis/core/v1/defaults.go */
export const VOLUME_FILE_DEFAULT_MODE = 0o644;
/** Bits that an `fsGroup` adds to a file of a read-only volume. Source: pkg/volume/volume_linux.go (roMask) */
export const FS_GROUP_FILE_BITS = 0o440;
/** Bits that an `fsGroup` adds to a directory. Source: pkg/volume/volume_linux.go (setgid, execMask) */
export const FS_GROUP_DIRECTORY_BITS = 0o2110;
/** Mode of a projected token where the pod names a user or a group. Source: pkg/volume/projected/projected.go */
export const TOKEN_FILE_MODE = 0o600;
/** Life of a projected service account token unless the pod says otherwise. Source: pkg/apis/core/v1/defaults.go */
export const TOKEN_EXPIRATION_MS = 3600 * SECOND_MS;
/** Age after which a token is renewed in any case. Source: pkg/kubelet/token/token_manager.go maxTTL */
export const TOKEN_MAX_AGE_MS = 24 * 60 * MINUTE_MS;
/** Share of a token's life, from its end, in which it is renewed. Source: token_manager.go requiresRefresh */
export const TOKEN_RENEWAL_PERCENT = 20;
/** A check may take a token to be older by whole seconds less than this. Source: token_manager.go maxJitter */
export const TOKEN_JITTER_MS = 10 * SECOND_MS;
/** What pods of a node can have: Standard_D4ds_v5 as AKS sets it up by default. Source: Microsoft Learn, AKS node resource reservations (4 cores reserve 140 millicores) */
export const NODE_ALLOCATABLE_CPU = "3860m";
/** As above: 16 GiB less the reservations. Source: Microsoft Learn, AKS node resource reservations */
export const NODE_ALLOCATABLE_MEMORY = "12Gi";
/** As above. Source: Microsoft Learn, AKS ephemeral OS disks (128 GiB) */
export const NODE_ALLOCATABLE_EPHEMERAL_STORAGE = "119703055367";
/** Address of the service `kubernetes`: the first of AKS's default service network 10.0.0.0/16. Source: Microsoft Learn, AKS networking (service CIDR) */
export const KUBERNETES_SERVICE_IP = "10.0.0.1";
/** Its port. Source: pkg/controlplane/controller/kubernetesservice/controller.go */
export const KUBERNETES_SERVICE_PORT = 443;

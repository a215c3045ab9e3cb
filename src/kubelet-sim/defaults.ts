/**
 * The constants of a node. Those that a user can configure upstream are settings of the profile; these are not.
 *
 * Source: kubernetes/kubernetes v1.35 (paths beside each), kubernetes-sigs/secrets-store-csi-driver v1.5.6
 */
import { MINUTE_MS, SECOND_MS } from "../kernel/time.ts";

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
/** How long a read waits for a Secret's first list. Source: pkg/kubelet/util/manager/watch_based_manager.go */
export const SECRET_SYNC_TIMEOUT_MS = SECOND_MS;
/** Idle time after which a Secret's watch stops, in sync periods. Source: watch_based_manager.go maxIdleTime */
export const SECRET_IDLE_SYNC_PERIODS = 5;
/** Least such idle time. Source: watch_based_manager.go minIdleTime */
export const SECRET_MIN_IDLE_MS = MINUTE_MS;
/** Deadline of one CSI call. Source: pkg/volume/csi/csi_plugin.go csiTimeout */
export const CSI_CALL_TIMEOUT_MS = 2 * MINUTE_MS;
/** Jitter of a pod's resync and of its error back-off: up to half the period. Source: pkg/kubelet/pod_workers.go */
export const WORKER_JITTER_PERCENT = 50;

/** Wait before a failed rotation reconcile is tried again. Source: secrets-store-csi-driver v1.5.6 pkg/rotation/reconciler.go */
export const ROTATION_RETRY_MS = 10 * SECOND_MS;
/** SPCPS controller: pod or SecretProviderClass not in the cache yet. Source: controllers/secretproviderclasspodstatus_controller.go */
export const SECRET_SYNC_MISSING_RETRY_MS = 5 * SECOND_MS;
/** SPCPS controller: requeue after success. Source: controllers/secretproviderclasspodstatus_controller.go */
export const SECRET_SYNC_REQUEUE_MS = 5 * MINUTE_MS;
/** SPCPS controller: first delay after an error; doubles. Source: controller-runtime's default rate limiter */
export const SECRET_SYNC_BACKOFF_INITIAL_MS = 5;
/** SPCPS controller: longest delay after an error. Source: controller-runtime's default rate limiter */
export const SECRET_SYNC_BACKOFF_MAX_MS = 1000 * SECOND_MS;
/** Period of the owner patcher, first run one period after start. Source: controllers/secretproviderclasspodstatus_controller.go Patcher */
export const OWNER_PATCHER_PERIOD_MS = 5 * SECOND_MS;
/** Mode that the driver asks the provider for. Source: pkg/secrets-store/nodeserver.go */
export const DRIVER_FILE_PERMISSION = 0o644;
/** Mode of a Secret volume's files unless the pod says otherwise. Source: pkg/apis/core/v1/defaults.go */
export const SECRET_VOLUME_DEFAULT_MODE = 0o644;

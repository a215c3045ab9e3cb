/**
 * The shapes of the kinds of apps, batch and coordination. The status is not checked: clients that set it are ignored.
 * Source: kubernetes/kubernetes v1.35 staging/src/k8s.io/api/{apps,batch,coordination}/v1/types.go (the field lists).
 */

/** See `shape.ts` for the notation. */
export const WORKLOAD_SHAPES = `
PodTemplateSpec: metadata ObjectMeta, spec PodSpec;
Deployment:
  apiVersion str, kind str, metadata ObjectMeta, spec DeploymentSpec,
  status any;
DeploymentSpec:
  minReadySeconds i32, paused bool, progressDeadlineSeconds i32, replicas i32,
  revisionHistoryLimit i32, selector LabelSelector,
  strategy DeploymentStrategy, template PodTemplateSpec;
DeploymentStrategy: rollingUpdate RollingUpdateDeployment, type str;
RollingUpdateDeployment: maxSurge intstr, maxUnavailable intstr;
ReplicaSet:
  apiVersion str, kind str, metadata ObjectMeta, spec ReplicaSetSpec,
  status any;
ReplicaSetSpec:
  minReadySeconds i32, replicas i32, selector LabelSelector,
  template PodTemplateSpec;
StatefulSet:
  apiVersion str, kind str, metadata ObjectMeta, spec StatefulSetSpec,
  status any;
StatefulSetSpec:
  minReadySeconds i32, ordinals StatefulSetOrdinals,
  persistentVolumeClaimRetentionPolicy
    StatefulSetPersistentVolumeClaimRetentionPolicy,
  podManagementPolicy str, replicas i32, revisionHistoryLimit i32,
  selector LabelSelector, serviceName str, template PodTemplateSpec,
  updateStrategy StatefulSetUpdateStrategy, volumeClaimTemplates [any];
StatefulSetOrdinals: start i32;
StatefulSetPersistentVolumeClaimRetentionPolicy:
  whenDeleted str, whenScaled str;
StatefulSetUpdateStrategy:
  rollingUpdate RollingUpdateStatefulSetStrategy, type str;
RollingUpdateStatefulSetStrategy: maxUnavailable intstr, partition i32;
DaemonSet:
  apiVersion str, kind str, metadata ObjectMeta, spec DaemonSetSpec,
  status any;
DaemonSetSpec:
  minReadySeconds i32, revisionHistoryLimit i32, selector LabelSelector,
  template PodTemplateSpec, updateStrategy DaemonSetUpdateStrategy;
DaemonSetUpdateStrategy: rollingUpdate RollingUpdateDaemonSet, type str;
RollingUpdateDaemonSet: maxSurge intstr, maxUnavailable intstr;
ControllerRevision:
  apiVersion str, data any, kind str, metadata ObjectMeta, revision i64;
Job:
  apiVersion str, kind str, metadata ObjectMeta, spec JobSpec, status any;
JobSpec:
  activeDeadlineSeconds i64, backoffLimit i32, backoffLimitPerIndex i32,
  completionMode str, completions i32, managedBy str, manualSelector bool,
  maxFailedIndexes i32, parallelism i32, podFailurePolicy any,
  podReplacementPolicy str, selector LabelSelector, successPolicy any,
  suspend bool, template PodTemplateSpec, ttlSecondsAfterFinished i32;
CronJob:
  apiVersion str, kind str, metadata ObjectMeta, spec CronJobSpec, status any;
CronJobSpec:
  concurrencyPolicy str, failedJobsHistoryLimit i32,
  jobTemplate JobTemplateSpec, schedule str, startingDeadlineSeconds i64,
  successfulJobsHistoryLimit i32, suspend bool, timeZone str;
JobTemplateSpec: metadata ObjectMeta, spec JobSpec;
Lease: apiVersion str, kind str, metadata ObjectMeta, spec LeaseSpec;
LeaseSpec:
  acquireTime time, holderIdentity str, leaseDurationSeconds i32,
  leaseTransitions i32, preferredHolder str, renewTime time, strategy str;
`;

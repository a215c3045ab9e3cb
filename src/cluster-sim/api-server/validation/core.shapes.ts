/**
 * The shapes of the other modelled kinds of the core and storage groups.
 * Source: kubernetes/kubernetes v1.30 api (the field lists), with the fields added up to v1.35.
 */

/** See `shape.ts` for the notation. */
export const CORE_SHAPES = `
Node: apiVersion str, kind str, metadata ObjectMeta, spec NodeSpec, status any;
NodeSpec:
  configSource any, externalID str, podCIDR str, podCIDRs [str],
  providerID str, taints [Taint], unschedulable bool;
Taint: effect str, key str, timeAdded time, value str;
Namespace:
  apiVersion str, kind str, metadata ObjectMeta, spec NamespaceSpec,
  status any;
NamespaceSpec: finalizers [str];
Secret:
  apiVersion str, data {bytes}, immutable bool, kind str, metadata ObjectMeta,
  stringData {str}, type str;
ConfigMap:
  apiVersion str, binaryData {bytes}, data {str}, immutable bool, kind str,
  metadata ObjectMeta;
ServiceAccount:
  apiVersion str, automountServiceAccountToken bool,
  imagePullSecrets [LocalObjectReference], kind str, metadata ObjectMeta,
  secrets [ObjectReference];
Event:
  action str, apiVersion str, count i32, eventTime time, firstTimestamp time,
  involvedObject ObjectReference, kind str, lastTimestamp time, message str,
  metadata ObjectMeta, reason str, related ObjectReference,
  reportingComponent str, reportingInstance str, series EventSeries,
  source EventSource, type str;
EventSeries: count i32, lastObservedTime time;
EventSource: component str, host str;
CSIDriver: apiVersion str, kind str, metadata ObjectMeta, spec CSIDriverSpec;
CSIDriverSpec:
  attachRequired bool, fsGroupPolicy str,
  nodeAllocatableUpdatePeriodSeconds i64, podInfoOnMount bool,
  requiresRepublish bool, seLinuxMount bool,
  serviceAccountTokenInSecrets bool, storageCapacity bool,
  tokenRequests [TokenRequest], volumeLifecycleModes [str];
TokenRequest: audience str, expirationSeconds i64;
`;

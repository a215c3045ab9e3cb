/**
 * What all kinds share: metadata, selectors, references.
 * Source: kubernetes/kubernetes v1.30 api (the field lists), with the fields added up to v1.35.
 */

/** See `shape.ts` for the notation. */
export const META_SHAPES = `
ObjectMeta:
  annotations {str}, creationTimestamp time, deletionGracePeriodSeconds i64,
  deletionTimestamp time, finalizers [str], generateName str, generation i64,
  labels {str}, managedFields [any], name str, namespace str,
  ownerReferences [OwnerReference], resourceVersion str, selfLink str,
  uid str;
OwnerReference:
  apiVersion str, blockOwnerDeletion bool, controller bool, kind str,
  name str, uid str;
LabelSelector: matchExpressions [LabelSelectorRequirement], matchLabels {str};
LabelSelectorRequirement: key str, operator str, values [str];
LocalObjectReference: name str;
ObjectReference:
  apiVersion str, fieldPath str, kind str, name str, namespace str,
  resourceVersion str, uid str;
`;

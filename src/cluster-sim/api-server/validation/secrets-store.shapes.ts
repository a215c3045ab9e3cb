/**
 * The shapes of the Secrets Store CSI driver's custom resources: every field is optional.
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 apis/v1, apis/v1alpha1, config/crd/bases; csi-driver.md 4.1, 6.
 */

/** See `shape.ts` for the notation. `status` of a SecretProviderClass exists in v1alpha1 and is never written. */
export const SECRETS_STORE_SHAPES = `
SecretProviderClass:
  apiVersion str, kind str, metadata ObjectMeta, spec SecretProviderClassSpec,
  status SecretProviderClassStatus;
SecretProviderClassSpec:
  parameters {str}, provider str, secretObjects [SecretObject];
SecretObject:
  annotations {str}, data [SecretObjectData], labels {str}, secretName str,
  type str;
SecretObjectData: key str, objectName str;
SecretProviderClassStatus: byPod [ByPodStatus];
ByPodStatus: id str, namespace str;
SecretProviderClassPodStatus:
  apiVersion str, kind str, metadata ObjectMeta,
  status SecretProviderClassPodStatusStatus;
SecretProviderClassPodStatusStatus:
  mounted bool, objects [SecretProviderClassObject], podName str,
  secretProviderClassName str, targetPath str;
SecretProviderClassObject: id str, version str;
`;

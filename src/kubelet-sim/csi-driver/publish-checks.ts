/**
 * What NodePublishVolume finds wrong before it asks the provider, with the code and text it answers. Pure.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 pkg/secrets-store/nodeserver.go, utils.go (getSecretProviderItem,
 *         getProviderFromSPC, getParametersFromSPC); csi-driver.md 1.3, steps 6-8
 */
import type { NodePublishReply, NodePublishRequest } from "../ports.ts";
import type { DriverCaches } from "./caches.ts";
import type { SecretProviderClassSpec } from "./driver-context.ts";
import { classSpec } from "./driver-context.ts";

/** A failure as the metrics name it (`error_type`) and as the kubelet hears it. */
export interface PublishFailure {
  readonly errorType: string;
  readonly code: string;
  readonly desc: string;
}

type CheckedPublish =
  | {
      readonly ok: true;
      readonly className: string;
      readonly provider: string;
      readonly spec: SecretProviderClassSpec;
    }
  | ({ readonly ok: false; readonly className: string } & PublishFailure);

/** Codes after which the kubelet takes the call for one that may still be running, and keeps the directory. */
const NOT_FINAL = new Set([
  "Canceled",
  "DeadlineExceeded",
  "Unavailable",
  "ResourceExhausted",
  "Aborted",
]);

export function isFinal(reply: NodePublishReply): boolean {
  return !reply.ok && !NOT_FINAL.has(reply.code);
}

export function checkPublish(
  caches: DriverCaches,
  request: NodePublishRequest,
): CheckedPublish {
  const { namespace } = request;
  const className = request.attributes["secretProviderClass"] ?? "";
  const where = `${namespace}/${className}`;
  const refused = (
    desc: string,
    { code = "Unknown", errorType = "FailedToMount" } = {},
  ): CheckedPublish => ({ ok: false, className, errorType, code, desc });
  if (className === "") return refused("secretProviderClass is not set");
  const stored = caches.get("classes", namespace, className);
  if (stored === null)
    return refused(
      `failed to get secretproviderclass ${where}, error: SecretProviderClass.secrets-store.csi.x-k8s.io "${className}" not found`,
      { errorType: "SecretProviderClassNotFound" },
    );
  const spec = classSpec(stored);
  const { provider = "", parameters = {} } = spec;
  if (provider === "") return refused(`provider not set in ${where}`);
  if (Object.keys(parameters).length === 0)
    return refused(`parameters not set in ${where}`);
  if (!request.readOnly)
    return refused("Readonly is not true in request", {
      code: "InvalidArgument",
    });
  return { ok: true, className, provider, spec };
}

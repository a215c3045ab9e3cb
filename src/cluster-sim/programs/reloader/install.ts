/**
 * The objects that install Reloader: those of its plain manifest, with what its chart adds for the flags.
 *
 * Source: stakater/Reloader v1.4.21 deployments/kubernetes/reloader.yaml, deployments/kubernetes/chart/reloader/templates;
 *         reloader.md 1.1
 */
import type { JsonObject } from "../../../kernel/json.ts";
import type { ReloadStrategy } from "./options.ts";

/** What Reloader is installed with: its flags by their names. */
export interface ReloaderInstall {
  /** `1.4.14` */
  readonly version: string;
  /** Without high availability one at most, as the chart has it. */
  readonly replicas: number;
  readonly reloadStrategy: ReloadStrategy;
  readonly autoReloadAll: boolean;
  readonly reloadOnCreate: boolean;
  readonly reloadOnDelete: boolean;
  readonly syncAfterRestart: boolean;
  readonly enableHA: boolean;
  readonly enableCSIIntegration: boolean;
}

const NAME = "reloader-reloader";
const NAMESPACE = "default";
const RBAC_GROUP = "rbac.authorization.k8s.io";

/** ServiceAccount, Role, ClusterRole, RoleBinding, ClusterRoleBinding, Deployment, in this order. */
export function reloaderManifests(install: ReloaderInstall): JsonObject[] {
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: NAME, namespace: NAMESPACE },
    },
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: "Role",
      metadata: { name: `${NAME}-metadata-role`, namespace: NAMESPACE },
      rules: [
        rule("", ["configmaps"], ["list", "get", "watch", "create", "update"]),
      ],
    },
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: "ClusterRole",
      metadata: { name: `${NAME}-role` },
      rules: clusterRules(install),
    },
    binding("RoleBinding", `${NAME}-metadata-rolebinding`, {
      kind: "Role",
      name: `${NAME}-metadata-role`,
    }),
    binding("ClusterRoleBinding", `${NAME}-role-binding`, {
      kind: "ClusterRole",
      name: `${NAME}-role`,
    }),
    deployment(install),
  ];
}

function rule(
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
): JsonObject {
  return { apiGroups: [group], resources, verbs };
}

function clusterRules({
  enableHA,
  enableCSIIntegration,
}: ReloaderInstall): JsonObject[] {
  const write = ["list", "get", "update", "patch"];
  const read = ["list", "get", "watch"];
  return [
    rule("", ["secrets", "configmaps"], read),
    rule("apps", ["deployments", "daemonsets", "statefulsets"], write),
    rule("extensions", ["deployments", "daemonsets"], write),
    rule("batch", ["cronjobs"], ["list", "get"]),
    rule("batch", ["jobs"], ["create", "delete", "list", "get"]),
    ...(enableHA
      ? [rule("coordination.k8s.io", ["leases"], ["create", "get", "update"])]
      : []),
    ...(enableCSIIntegration
      ? [
          rule(
            "secrets-store.csi.x-k8s.io",
            ["secretproviderclasspodstatuses", "secretproviderclasses"],
            read,
          ),
        ]
      : []),
    rule("", ["events"], ["create", "patch"]),
  ];
}

function binding(
  kind: string,
  name: string,
  role: { readonly kind: string; readonly name: string },
): JsonObject {
  const isLocal = kind === "RoleBinding";
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind,
    metadata: { name, ...(isLocal ? { namespace: NAMESPACE } : {}) },
    roleRef: { apiGroup: RBAC_GROUP, ...role },
    subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
  };
}

function deployment(install: ReloaderInstall): JsonObject {
  const { enableHA, replicas } = install;
  const labels = { app: NAME };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      replicas: enableHA ? replicas : Math.min(replicas, 1),
      revisionHistoryLimit: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [container(install)],
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65534,
            seccompProfile: { type: "RuntimeDefault" },
          },
          serviceAccountName: NAME,
        },
      },
    },
  };
}

function container(install: ReloaderInstall): JsonObject {
  const args = argsOf(install);
  return {
    name: NAME,
    image: `ghcr.io/stakater/reloader:v${install.version}`,
    imagePullPolicy: "IfNotPresent",
    ...(args.length === 0 ? {} : { args }),
    env: environment(install),
    ports: [{ containerPort: 9090, name: "http" }],
    livenessProbe: probe("/live"),
    readinessProbe: probe("/metrics"),
    resources: {
      limits: { cpu: "1", memory: "512Mi" },
      requests: { cpu: "10m", memory: "512Mi" },
    },
    securityContext: {},
  };
}

function probe(path: string): JsonObject {
  return {
    failureThreshold: 5,
    httpGet: { path, port: "http" },
    initialDelaySeconds: 10,
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 5,
  };
}

/** What is as the flag's default is left out. */
function argsOf(install: ReloaderInstall): string[] {
  const { reloadStrategy } = install;
  const flags: readonly (readonly [isSet: boolean, arg: string])[] = [
    [install.enableCSIIntegration, "--enable-csi-integration=true"],
    [install.reloadOnCreate, "--reload-on-create=true"],
    [install.reloadOnDelete, "--reload-on-delete=true"],
    [install.syncAfterRestart, "--sync-after-restart=true"],
    [reloadStrategy !== "env-vars", `--reload-strategy=${reloadStrategy}`],
    [install.enableHA, "--enable-ha=true"],
    [install.autoReloadAll, "--auto-reload-all=true"],
  ];
  return flags.filter(([isSet]) => isSet).map(([, arg]) => arg);
}

function environment({ enableHA }: ReloaderInstall): JsonObject[] {
  const field = (name: string, fieldPath: string): JsonObject => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  const limit = (name: string, resource: string): JsonObject => ({
    name,
    valueFrom: { resourceFieldRef: { divisor: "1", resource } },
  });
  return [
    limit("GOMAXPROCS", "limits.cpu"),
    limit("GOMEMLIMIT", "limits.memory"),
    field("RELOADER_NAMESPACE", "metadata.namespace"),
    { name: "RELOADER_DEPLOYMENT_NAME", value: NAME },
    ...(enableHA
      ? [
          field("POD_NAME", "metadata.name"),
          field("POD_NAMESPACE", "metadata.namespace"),
        ]
      : []),
  ];
}

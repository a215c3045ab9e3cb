/** What a profile file may say: the settings of `world/settings.ts`, with durations as text. */
import type { Settings } from "../world/settings.ts";
import {
  amount,
  choice,
  described,
  durationText,
  filledText,
  flag,
  isMapping,
  literal,
  mapping,
  once,
  oneOf,
  optional,
  text,
  textLike,
  wholeNumber,
} from "./input/shape.ts";
import type { Shape } from "./input/shape.ts";

/** How one setting is written. `period` is a duration that cannot be nought. */
type SettingType =
  | "flag"
  | "duration"
  | "period"
  | "version"
  | "price"
  | { readonly oneOf: readonly string[] }
  | { readonly from: number; readonly to: number };

type SettingTypes = {
  readonly [Group in keyof Settings]: {
    readonly [Key in keyof Settings[Group]]: readonly [
      type: SettingType,
      description: string,
    ];
  };
};

/** At least one request, and as many as a vault could ever see. */
const LIMIT = { from: 1, to: 1_000_000_000 } as const;

/** Every setting there is; the files' schema, the JSON Schema and the reading of durations come from here. */
export const SETTING_TYPES: SettingTypes = {
  kubernetes: {
    minor: [
      { from: 25, to: 36 },
      "minor version whose rules the node and the control plane follow",
    ],
  },
  addon: {
    enableSecretRotation: ["flag", "az aks … --enable-secret-rotation"],
    rotationPollInterval: ["period", "az aks … --rotation-poll-interval"],
    syncSecret: ["flag", "whether the driver may write Kubernetes Secrets"],
    rolloutDelay: [
      "duration",
      "from az aks addon update to the restart of the first node's driver",
    ],
    driverRestart: [
      "duration",
      "how long a node's driver is down while its pod is replaced",
    ],
  },
  driver: {
    version: ["version", "of the Secrets Store CSI driver, like 1.5.6"],
    rotationOrder: [
      { oneOf: ["sorted", "shuffled"] },
      "in which order one rotation pass takes the pods of a node",
    ],
    requiresRepublish: [
      { oneOf: ["withRotation", "always"] },
      "requiresRepublish of the CSIDriver object, from driver 1.6 on",
    ],
    tokenRequests: [
      { oneOf: ["azure", "none"] },
      "service account tokens that the CSIDriver object asks for",
    ],
    emptyVolumeHazard: [
      "flag",
      "whether the young directory of a failed first mount counts as mounted",
    ],
  },
  provider: {
    version: ["version", "of the Azure provider, like 1.8.2"],
    constructPemChain: ["flag", "provider flag --construct-pem-chain"],
    writeCertAndKeyInSeparateFiles: [
      "flag",
      "provider flag --write-cert-and-key-in-separate-files",
    ],
  },
  identity: {
    federatedCredential: [
      { oneOf: ["present", "missing", "wrongSubject"] },
      "federated identity credential of a workload identity",
    ],
    vmIdentity: [
      { oneOf: ["assigned", "notAssigned"] },
      "user-assigned identity on the node's scale set",
    ],
    podIdentityBinding: [
      { oneOf: ["present", "missing"] },
      "AzureIdentityBinding of pod identity",
    ],
    clientSecret: [
      { oneOf: ["valid", "invalid", "expired"] },
      "client secret of a service principal",
    ],
    tokenProxy: [
      { oneOf: ["running", "absent"] },
      "in-cluster token proxy of identity binding",
    ],
  },
  reloader: {
    installed: ["flag", "whether Reloader is there when the run begins"],
    version: ["version", "of stakater Reloader, like 1.4.14"],
    replicas: [{ from: 1, to: 10 }, "pods of its Deployment"],
    reloadStrategy: [
      { oneOf: ["env-vars", "annotations"] },
      "--reload-strategy",
    ],
    autoReloadAll: ["flag", "--auto-reload-all"],
    reloadOnCreate: ["flag", "--reload-on-create"],
    reloadOnDelete: ["flag", "--reload-on-delete"],
    syncAfterRestart: ["flag", "--sync-after-restart"],
    enableHA: ["flag", "--enable-ha"],
    enableCSIIntegration: ["flag", "--enable-csi-integration"],
  },
  kubelet: {
    syncFrequency: ["period", "KubeletConfiguration syncFrequency"],
    configMapAndSecretChangeDetectionStrategy: [
      { oneOf: ["Watch", "Cache", "Get"] },
      "KubeletConfiguration configMapAndSecretChangeDetectionStrategy",
    ],
    maxContainerRestartPeriod: [
      "period",
      "KubeletConfiguration crashLoopBackOff.maxContainerRestartPeriod",
    ],
  },
  downtime: {
    kubelet: ["duration", "how long a restarted kubelet is down"],
    provider: ["duration", "how long a restarted provider is down"],
    node: ["duration", "how long a restarted node is down"],
    apiServer: ["duration", "how long a restarted API server is down"],
    reloader: ["duration", "how long a restarted Reloader is down"],
    lane: ["duration", "how long a lane's restarted process is down"],
    network: [
      "duration",
      "from a rebooted node's kubelet to its network plugin",
    ],
  },
  latency: {
    vault: ["duration", "one request to Key Vault and back"],
    entra: ["duration", "one request to Entra ID and back"],
    apiServer: ["duration", "one request to the API server and back"],
    watch: ["duration", "from a write to a watcher's event"],
    reloader: ["duration", "Reloader's handling of one event"],
    reloaderWorkload: [
      "duration",
      "Reloader's handling of each matched workload beyond seven",
    ],
    app: ["duration", "from what a program hears to its new value"],
    database: ["duration", "one request to a database and back"],
    scheduler: ["duration", "from a pod's creation to its binding"],
    sandbox: ["duration", "sandbox and network of a pod"],
    containerStart: ["duration", "creating and starting one container"],
    containerStop: [
      "duration",
      "least time between a container's end and its pod's next state",
    ],
  },
  vault: {
    deleteTime: ["duration", "how long deleting stays in progress"],
    recoverTime: ["duration", "how long recovering stays in progress"],
    purgeTime: ["duration", "how long purging stays in progress"],
    throttling: ["flag", "whether the published limits hold"],
    transactionsPer10s: [LIMIT, "transactions of one vault in 10 s"],
    secretSetsPer10s: [LIMIT, "new secrets of one vault in 10 s"],
    keyCreatesPer10s: [LIMIT, "new keys of one vault in 10 s"],
    subscriptionFactor: [
      LIMIT,
      "limit of a subscription's vaults together, in limits of one vault",
    ],
    throttledCount: ["flag", "whether refused requests fill the window"],
    retryAfter: [
      "duration",
      "Retry-After of a 429, in whole seconds; 0s leaves it out",
    ],
    pricePer10kOperations: [
      "price",
      "USD for 10,000 operations on secrets, software and RSA 2048 keys",
    ],
    pricePer10kOtherKeyOperations: [
      "price",
      "USD for 10,000 operations on other keys",
    ],
    pricePerCertificateRenewal: ["price", "USD for one certificate renewal"],
    billUnauthenticated: ["flag", "whether unauthenticated requests cost"],
  },
};

function shapeOf(type: SettingType): Shape {
  switch (type) {
    case "flag":
      return flag();
    case "duration":
      return durationText();
    case "period":
      return durationText({ positive: true });
    case "price":
      return amount();
    case "version":
      return textLike(
        /^\d+\.\d+\.\d+$/,
        'must be a version of three numbers like "1.5.6"',
      );
    default:
      return "oneOf" in type
        ? oneOf(type.oneOf)
        : wholeNumber(type.from, type.to);
  }
}

/** `part` makes every group and setting optional. */
function settingsShape(part: boolean): Shape {
  const member = (shape: Shape) => (part ? optional(shape) : shape);
  const groups = Object.entries(SETTING_TYPES).map(([group, settings]) => {
    const entries = Object.entries(settings as SettingTypes["addon"]);
    const shapes = entries.map(([key, [type, description]]) => [
      key,
      described(member(shapeOf(type)), description),
    ]);
    return [
      group,
      member(mapping(Object.fromEntries(shapes) as Record<string, Shape>)),
    ];
  });
  return mapping(Object.fromEntries(groups) as Record<string, Shape>);
}

/** A scenario's `settings:`, and a `settings` step: any part of it. */
export const settingsOverrideShape = once(() => settingsShape(true));

/** A profile file: the whole of the settings, or with `extends` what differs from another profile. */
export const profileShape = once(() => {
  const head = {
    apiVersion: literal("keyturn/v1"),
    kind: literal("Profile"),
    metadata: mapping({ name: filledText(), description: optional(text()) }),
  };
  const whole = once(() =>
    mapping({ ...head, settings: settingsShape(false) }),
  );
  const part = once(() =>
    mapping({
      ...head,
      extends: filledText(),
      settings: optional(settingsOverrideShape()),
    }),
  );
  return choice({
    pick: (value) =>
      isMapping(value) && "extends" in value ? part() : whole(),
    branches: () => [whole(), part()],
  });
});

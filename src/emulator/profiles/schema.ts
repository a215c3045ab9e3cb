/** What a profile file may say: the settings of `world/settings.ts`, with durations as text. */
import * as z from "zod";

import {
  choice,
  durationText,
  isMapping,
  mapping,
  wholeNumber,
} from "./input/shape.ts";
import type { Settings } from "../world/settings.ts";

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
  },
  provider: { version: ["version", "of the Azure provider, like 1.8.2"] },
  kubelet: {
    syncFrequency: ["period", "KubeletConfiguration syncFrequency"],
    configMapAndSecretChangeDetectionStrategy: [
      { oneOf: ["Watch", "Cache", "Get"] },
      "KubeletConfiguration configMapAndSecretChangeDetectionStrategy",
    ],
  },
  latency: {
    vault: ["duration", "one request to Key Vault and back"],
    entra: ["duration", "one request to Entra ID and back"],
    apiServer: ["duration", "one request to the API server and back"],
    watch: ["duration", "from a write to a watcher's event"],
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
    pricePer10kOperations: ["price", "USD for 10,000 operations"],
  },
};

function typeOf(type: SettingType): z.ZodType {
  if (type === "flag") return z.boolean();
  if (type === "duration") return durationText();
  if (type === "period") return durationText({ positive: true });
  if (type === "price")
    return z.number().min(0, { error: () => "must not be negative" });
  if (type === "version")
    return z.string().regex(/^\d+\.\d+\.\d+$/, {
      error: () => 'must be a version of three numbers like "1.5.6"',
    });
  return "oneOf" in type
    ? z.enum(type.oneOf as [string, ...string[]])
    : wholeNumber(type.from, type.to);
}

function settingsType(whole: boolean): z.ZodType {
  const optional = (type: z.ZodType) => (whole ? type : type.optional());
  const groups = Object.entries(SETTING_TYPES).map(([group, settings]) => [
    group,
    optional(
      mapping(
        Object.fromEntries(
          Object.entries(settings as SettingTypes["addon"]).map(
            ([key, [type, description]]) => [
              key,
              optional(typeOf(type)).describe(description),
            ],
          ),
        ),
      ),
    ),
  ]);
  return mapping(Object.fromEntries(groups) as Record<string, z.ZodType>);
}

/** A scenario's `settings:`, and a `settings` step: any part of it. */
export const settingsOverrideType = (): z.ZodType => settingsType(false);

/** A profile file: the whole of the settings, or with `extends` what differs from another profile. */
export function profileType(): z.ZodType {
  const head = {
    apiVersion: z.literal("keyturn/v1"),
    kind: z.literal("Profile"),
    metadata: mapping({
      name: z.string().min(1, { error: () => "must not be empty" }),
      description: z.string().optional(),
    }),
  };
  const whole = mapping({ ...head, settings: settingsType(true) });
  const part = mapping({
    ...head,
    extends: z.string(),
    settings: settingsType(false).optional(),
  });
  return choice({
    pick: (value) => (isMapping(value) && "extends" in value ? part : whole),
    branches: [whole, part],
  });
}

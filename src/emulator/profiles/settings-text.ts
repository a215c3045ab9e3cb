/** From the settings of a file to those of the world: durations become milliseconds. */
import { KeyturnError } from "../../kernel/errors.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { JsonValue } from "../../kernel/json.ts";
import { parseDuration } from "../../kernel/time.ts";
import type { Settings, SettingsOverride } from "../world/settings.ts";
import { refuseUnmodelled } from "../world/unmodelled.ts";
import type { CheckedDocument } from "./input/check-shape.ts";
import type { Problems } from "./input/problem.ts";
import type { Path } from "./input/yaml-document.ts";
import { SETTING_TYPES } from "./schema.ts";

/**
 * Reads the checked settings at `path`; settings with problems are left out. Refuses by name what this version of
 * Keyturn cannot play.
 */
export function readSettings(
  checked: CheckedDocument,
  path: Path,
  problems: Problems,
): SettingsOverride {
  const override: Record<string, Record<string, JsonValue>> = {};
  const groups = checked.raw(path);
  for (const [group, types] of Object.entries(SETTING_TYPES)) {
    const values = isJsonObject(groups) ? groups[group] : undefined;
    if (!isJsonObject(values)) continue;
    const read: Record<string, JsonValue> = {};
    for (const [key, [type]] of Object.entries(
      types as (typeof SETTING_TYPES)["addon"],
    )) {
      const value = checked.get([...path, group, key]);
      if (value === undefined) continue;
      const isDuration = type === "duration" || type === "period";
      read[key] =
        isDuration && typeof value === "string" ? parseDuration(value) : value;
    }
    override[group] = read;
  }
  refuseWhatIsNotBuilt(checked, [...path, "driver", "version"], problems);
  return override;
}

/** By the world's own rule, so that the two never differ. */
function refuseWhatIsNotBuilt(
  checked: CheckedDocument,
  path: Path,
  problems: Problems,
): void {
  const version = checked.get(path);
  if (typeof version !== "string") return;
  try {
    refuseUnmodelled({ driver: { version } } as Settings);
  } catch (error) {
    if (!(error instanceof KeyturnError)) throw error;
    const why = error.message.replace(/^Failed to .*?: /, "");
    problems.add(checked.document.at(path), why);
  }
}

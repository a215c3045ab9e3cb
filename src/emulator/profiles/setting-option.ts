/** One setting as somebody types it on a command line, `GROUP.KEY=VALUE`, and settings as they would be typed. */
import { KeyturnError } from "../../kernel/errors.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Settings, SettingsOverride } from "../world/settings.ts";
import { CheckedDocument } from "./input/check-shape.ts";
import { Problems } from "./input/problem.ts";
import { CORE_RULES, YamlDocument } from "./input/yaml-document.ts";
import { readYaml } from "./input/yaml-source.ts";
import { SETTING_TYPES, settingsOverrideShape } from "./schema.ts";
import { readSettings } from "./settings-text.ts";

const FORM = /^([A-Za-z]\w*)\.([A-Za-z]\w*)=([^\r\n]*)$/;

/** By the checks that a file's `settings:` goes through. Throws a `KeyturnError` (`BadSetting`) with its message and fix. */
export function parseSetting(text: string): SettingsOverride {
  const [, group, key, value] = FORM.exec(text) ?? [];
  if (group === undefined)
    throw bad(
      text,
      "a setting is GROUP.KEY=VALUE, like addon.rotationPollInterval=30s",
    );
  const problems = new Problems();
  const source = readYaml(
    {
      file: "--set",
      text: `${group}:\n  ${key}: ${value}\n`,
      schema: "core",
      documents: "one",
    },
    problems,
  );
  const root = source?.roots[0];
  if (source && root) {
    const document = new YamlDocument(source, root, CORE_RULES, problems);
    const shape = settingsOverrideShape();
    const checked = new CheckedDocument(document, shape, problems);
    const override = readSettings(checked, [], problems);
    if (problems.size === 0) return override;
  }
  const [first] = problems.sorted();
  throw bad(text, first!.message, first!.fix);
}

function bad(text: string, message: string, fix = ""): KeyturnError {
  const more = fix === "" ? "" : `\n  ${fix}`;
  return new KeyturnError(
    "BadSetting",
    `Failed to read --set ${JSON.stringify(text)}: ${message}${more}`,
  );
}

/** Every setting by `GROUP.KEY`, its value as a file would have it. */
export function settingTexts(settings: Settings): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [group, types] of Object.entries(SETTING_TYPES))
    for (const [key, [type]] of Object.entries(
      types as (typeof SETTING_TYPES)["addon"],
    )) {
      const values = settings[group as keyof Settings];
      const value = (values as Record<string, unknown>)[key];
      const isDuration = type === "duration" || type === "period";
      texts.set(
        `${group}.${key}`,
        isDuration ? formatDuration(value as number) : String(value),
      );
    }
  return texts;
}

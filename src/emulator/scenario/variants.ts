/**
 * Variants of a scenario: the same journal and seed under other settings, so that what an upgrade or a switch changes
 * stands side by side. Models no real component.
 */
import { KeyturnError } from "../../kernel/errors.ts";
import { didYouMean, listNames } from "../profiles/input/nearest-name.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import { readSettings } from "../profiles/settings-text.ts";
import { overrideSettings } from "../world/settings.ts";
import type { Settings, SettingsOverride } from "../world/settings.ts";
import { countAt, positionAt, reportAt, textAt } from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import type { Scenario, Variant } from "./model.ts";

const VARIANTS = "variants";
/** Fit to name a directory on every system. */
const VARIANT_NAME = /^[A-Za-z0-9][-\w.]{0,62}$/;

/** The variants that the scenario declares, on top of its own settings. */
export function readVariants(
  context: LoadContext,
  settings: Settings,
): Variant[] {
  const { checked, problems } = context;
  return declaredNames(context).map((name) => {
    if (!VARIANT_NAME.test(name))
      problems.add(
        checked.document.atKey([VARIANTS, name]),
        `"${name}" is no name of a variant`,
        "use up to 63 letters, digits, dashes, underscores and dots, starting with a letter or digit",
      );
    const override = readSettings(checked, [VARIANTS, name], problems);
    return { name, settings: overrideSettings(settings, override) };
  });
}

/** The variants that a line names at `path`; null when it names none. Reports those that there are not. */
export function readVariantNames(
  context: LoadContext,
  path: Path,
): readonly string[] | null {
  if (context.checked.raw(path) === undefined) return null;
  const known = declaredNames(context);
  if (known.length === 0)
    reportAt(context, path, {
      message: "this scenario has no variants",
      fix: 'declare them under "variants:" at the top, or remove this key',
    });
  const places = Array.from({ length: countAt(context, path) }, (_, i) => [
    ...path,
    i,
  ]);
  return places.flatMap((place) => {
    const name = textAt(context, place);
    if (name === null || known.length === 0) return [];
    if (known.includes(name)) return [name];
    context.problems.add(
      positionAt(context, place),
      noSuchVariant(name, known),
      `variants: ${listNames(known, "none")}`,
    );
    return [];
  });
}

function declaredNames({ checked }: LoadContext): string[] {
  return checked.document.keys([VARIANTS]);
}

function noSuchVariant(name: string, known: readonly string[]): string {
  return `there is no variant "${name}"${didYouMean(name, known)}`;
}

/**
 * The scenario as it is under one of its variants, called `SCENARIO@VARIANT`, with the expectations that hold there.
 * Throws a `KeyturnError` (`NoSuchVariant`) with the nearest name.
 */
export function variantOf(scenario: Scenario, name: string): Scenario {
  const { variants, expectations, file } = scenario;
  const variant = variants.find((each) => each.name === name);
  if (variant === undefined) {
    const known = variants.map((each) => each.name);
    throw new KeyturnError(
      "NoSuchVariant",
      `Failed to play ${file}: ${noSuchVariant(name, known)}\n  variants: ${listNames(known, "none")}`,
    );
  }
  return {
    ...scenario,
    name: `${scenario.name}@${name}`,
    settings: variant.settings,
    expectations: expectations.filter(
      ({ variants: only }) => only?.includes(name) ?? true,
    ),
    variants: [],
  };
}

/** The scenario under its first variant; one without variants as it is. */
export function firstVariant(scenario: Scenario): Scenario {
  const [first] = scenario.variants;
  return first === undefined ? scenario : variantOf(scenario, first.name);
}

/**
 * The scenario with settings changed from outside, its variants included. Throws a `KeyturnError` (`VariantsDiffer`) for
 * a setting in which the variants differ: they would be compared in vain.
 */
export function withSettings(
  scenario: Scenario,
  override: SettingsOverride,
): Scenario {
  const { variants, settings } = scenario;
  refuseDifferences(scenario, override);
  return {
    ...scenario,
    settings: overrideSettings(settings, override),
    variants: variants.map(({ name, settings: own }) => ({
      name,
      settings: overrideSettings(own, override),
    })),
  };
}

function refuseDifferences(
  { file, variants }: Scenario,
  override: SettingsOverride,
): void {
  for (const [group, values] of Object.entries(override))
    for (const key of Object.keys(values ?? {})) {
      const held = variants.map(
        ({ settings }) =>
          (settings[group as keyof Settings] as Record<string, unknown>)[key],
      );
      if (new Set(held).size < 2) continue;
      throw new KeyturnError(
        "VariantsDiffer",
        `Failed to set ${group}.${key} for ${file}: it is a setting in which its variants differ\n  choose one with --variant: ${listNames(
          variants.map(({ name }) => name),
          "none",
        )}`,
      );
    }
}

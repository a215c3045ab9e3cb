/** The scenario that a command line means: a file, with settings of its own and one of its variants where it says so. */
import { loadScenario, variantOf } from "../index.ts";
import type { Scenario } from "../index.ts";
import { parseSetting } from "../profiles/setting-option.ts";
import { firstVariant, withSettings } from "../scenario/variants.ts";

export interface Choice {
  /** `GROUP.KEY=VALUE`; later ones win. */
  readonly set?: readonly string[];
  readonly variant?: string;
}

/** With its variants, unless one is chosen. Throws a `KeyturnError` for what cannot be. */
export function loadChosen(
  file: string,
  { set = [], variant }: Choice,
): Scenario {
  const scenario = loadScenario(file);
  const chosen =
    variant === undefined ? scenario : variantOf(scenario, variant);
  return set.map(parseSetting).reduce(withSettings, chosen);
}

/** As `loadChosen`, for a command that plays one run: of several variants the first. */
export function loadOne(file: string, choice: Choice): Scenario {
  return firstVariant(loadChosen(file, choice));
}

/** The options that choose it, to paste. */
export function choiceText({ set = [], variant }: Choice): string {
  return [
    ...(variant === undefined ? [] : [` --variant ${quoted(variant)}`]),
    ...set.map((each) => ` --set ${quoted(each)}`),
  ].join("");
}

function quoted(word: string): string {
  return /^[\w./=:@-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Why a hop took the time it took: one table from what happened and what triggered it to a sentence with the numbers of
 * the settings in force. The longer sentences are in `rule-texts.ts`.
 *
 * Source: kubelet.md 1 to 3, 5, 7, 8.4, 10 and csi-driver.md 2.1 to 2.3, 5.2, 5.4 and 12.5 of the reference; the other
 * rows name theirs
 */
import { APP_RULES, CALLER_RULES } from "./app-rules.ts";
import { NODE_RULES, SECRET_RULES } from "./content-rules.ts";
import type { FactNamed } from "./fact-index.ts";
import type { AnyFact } from "./facts.ts";
import type { HopRule, RuleText } from "./hop-rule.ts";
import { is } from "./hop-rule.ts";
import { REQUEST_RULES } from "./request-rules.ts";
import { ROLLOUT_RULES } from "./rollout-rules.ts";
import type { HopContext } from "./rule-texts.ts";
import { refusedTries } from "./rule-texts.ts";

/** The first row that fits speaks. */
const RULES: readonly HopRule[] = [
  {
    label: "command",
    fact: is("command"),
    trigger: null,
    rule: ({ fact }) => {
      const { id, kind, target } = (fact as FactNamed<"command">).data;
      const what = target === "" ? kind : `${kind} ${target}`;
      return id === "" ? `a command: ${what}` : `step ${id}: ${what}`;
    },
  },
  {
    label: "set",
    fact: is("vault.secret.set", "vault.key.set", "vault.certificate.set"),
    trigger: null,
    rule: () => "the vault has a new version at once",
  },
  ...CALLER_RULES,
  ...REQUEST_RULES,
  ...NODE_RULES,
  ...APP_RULES,
  ...ROLLOUT_RULES,
  ...SECRET_RULES,
];

/** The rule behind a hop. A hop that no row knows is named by its fact type. */
export function ruleOf(context: HopContext): RuleText {
  const trigger = (context.trigger?.fact ?? null) as AnyFact | null;
  const row = RULES.find(
    (each) =>
      each.fact(context.fact) &&
      (each.trigger === null || (trigger !== null && each.trigger(trigger))) &&
      (each.when === undefined || each.when(context)),
  );
  if (row === undefined) {
    const { type } = context.fact;
    return { label: type, rule: `${type} followed` };
  }
  const rule = row.rule(context) + refusedTries(context);
  return { label: row.label, rule };
}

/** One row of the table that explains hops, and the predicates that rows are made of. */
import type { AnyFact } from "./facts.ts";
import type { HopContext } from "./rule-texts.ts";

/** `label` is a word for tables. */
export interface RuleText {
  readonly label: string;
  readonly rule: string;
}

export interface HopRule extends Omit<RuleText, "rule"> {
  readonly fact: (fact: AnyFact) => boolean;
  /** Null: whatever triggered it. */
  readonly trigger: ((trigger: AnyFact) => boolean) | null;
  /** What else must be so. */
  readonly when?: (context: HopContext) => boolean;
  readonly rule: (context: HopContext) => string;
}

/** A fact of one of these types. */
export const is =
  (...types: readonly AnyFact["type"][]) =>
  (fact: AnyFact) =>
    types.includes(fact.type);

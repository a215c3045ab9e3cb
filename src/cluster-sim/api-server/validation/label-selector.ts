/**
 * Rules for the selectors of workloads, and what they select.
 * Source: kubernetes/apimachinery v0.35 pkg/apis/meta/v1/validation/validation.go (ValidateLabelSelector),
 * pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector).
 */
import type { JsonObject, JsonValue } from "../../../kernel/json.ts";
import { isJsonObject } from "../../../kernel/json.ts";
import type { LabelRequirement } from "../label-selector.ts";
import { validateLabels } from "./metadata.ts";
import { labelKeyProblems, labelValueProblems } from "./names.ts";
import { listOf, objectOf, stringOf, stringsOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

const OPERATORS = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
} as const satisfies Record<string, LabelRequirement["operator"]>;

const isOperator = (text: string): text is keyof typeof OPERATORS =>
  text in OPERATORS;

/** Whether it is well-formed. */
export function validateLabelSelector(
  selector: JsonObject,
  path: FieldPath,
  report: Report,
): boolean {
  const before = report.problems.length;
  validateLabels(selector["matchLabels"], [...path, "matchLabels"], report);
  listOf(selector["matchExpressions"]).forEach((expression, i) =>
    validateExpression(expression, [...path, "matchExpressions", i], report),
  );
  return report.problems.length === before;
}

function validateExpression(
  expression: JsonObject,
  path: FieldPath,
  report: Report,
): void {
  const operator = stringOf(expression["operator"]);
  const values = stringsOf(expression["values"]);
  if (!isOperator(operator))
    report.invalid(
      [...path, "operator"],
      operator,
      "not a valid selector operator",
    );
  else if (operator === "In" || operator === "NotIn") {
    if (values.length === 0)
      report.required(
        [...path, "values"],
        "must be specified when `operator` is 'In' or 'NotIn'",
      );
  } else if (values.length > 0)
    report.forbidden(
      [...path, "values"],
      "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    );
  const key = stringOf(expression["key"]);
  report.eachInvalid([...path, "key"], key, labelKeyProblems(key));
  values.forEach((value, i) =>
    report.eachInvalid(
      [...path, "values", i],
      value,
      labelValueProblems(value),
    ),
  );
}

/** Whether it says nothing, and so selects everything. */
export function isEmptySelector(selector: JsonObject): boolean {
  const { matchLabels, matchExpressions } = selector;
  return (
    Object.keys(objectOf(matchLabels)).length === 0 &&
    listOf(matchExpressions).length === 0
  );
}

/** What a well-formed selector asks of labels; null for none at all, which selects nothing. */
export function requirementsOf(
  selector: JsonValue | undefined,
): readonly LabelRequirement[] | null {
  if (!isJsonObject(selector)) return null;
  const labels = Object.entries(objectOf(selector["matchLabels"])).map(
    ([key, value]): LabelRequirement => ({
      key,
      operator: "=",
      values: [stringOf(value)],
    }),
  );
  const expressions = listOf(selector["matchExpressions"]).flatMap(
    (expression): LabelRequirement[] => {
      const operator = stringOf(expression["operator"]);
      return isOperator(operator)
        ? [
            {
              key: stringOf(expression["key"]),
              operator: OPERATORS[operator],
              values: stringsOf(expression["values"]),
            },
          ]
        : [];
    },
  );
  return [...labels, ...expressions];
}

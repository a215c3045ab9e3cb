/**
 * Rules for a reference to a container's requests and limits.
 * Source: kubernetes/kubernetes v1.32 pkg/apis/core/validation/validation.go (validateContainerResourceFieldSelector,
 * validateContainerResourceDivisor).
 */
import type { JsonValue } from "../../../kernel/json.ts";
import { quantityAmount, quantityText } from "./quantity.ts";
import { isSet, objectOf, stringOf } from "./reading.ts";
import type { FieldPath, Report } from "./report.ts";

const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const HUGE_PAGES = /^(limits|requests)\.hugepages-/;

const CPU_DIVISORS = ["1m", "1"];
const BYTE_DIVISORS = [
  "1",
  "1k",
  "1M",
  "1G",
  "1T",
  "1P",
  "1E",
  "1Ki",
  "1Mi",
  "1Gi",
  "1Ti",
  "1Pi",
  "1Ei",
];

/** `inVolume`: a file must name the container whose resource it shows; a variable means its own by default. */
export function validateResourceField(
  value: JsonValue | undefined,
  inVolume: boolean,
  path: FieldPath,
  report: Report,
): void {
  const ref = objectOf(value);
  const resource = stringOf(ref["resource"]);
  if (inVolume && !ref["containerName"])
    report.required([...path, "containerName"]);
  else if (resource === "") report.required([...path, "resource"]);
  else if (!RESOURCES.includes(resource) && !HUGE_PAGES.test(resource))
    return report.notSupported([...path, "resource"], resource, RESOURCES);
  if (resource === "") return;
  if (!isSet(ref["divisor"]) || quantityAmount(ref["divisor"]) === 0) return;
  const divisors = resource.endsWith(".cpu") ? CPU_DIVISORS : BYTE_DIVISORS;
  if (divisors.includes(quantityText(ref["divisor"]))) return;
  const name = resource.slice(resource.indexOf(".") + 1);
  report.invalid(
    [...path, "divisor"],
    resource,
    `only divisor's values ${listed(divisors)} are supported with the ${DIVISOR_NAMES.get(name) ?? "hugepages"} resource`,
  );
}

const DIVISOR_NAMES: ReadonlyMap<string, string> = new Map([
  ["cpu", "cpu"],
  ["memory", "memory"],
  ["ephemeral-storage", "local ephemeral storage"],
]);

/** `1m and 1`, or a list with commas alone. */
function listed(divisors: readonly string[]): string {
  return divisors.length === 2 ? divisors.join(" and ") : divisors.join(", ");
}

/**
 * Rules for names, labels and keys, with upstream's explanations.
 * Source: kubernetes/apimachinery v0.32 pkg/util/validation/validation.go, pkg/api/validation/generic.go.
 * Each function returns what is wrong, nothing when all is well.
 */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;
const CONFIG_KEY = "[-._a-zA-Z0-9]+";

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);

const LABEL_RE = whole(LABEL);
const SUBDOMAIN_RE = whole(SUBDOMAIN);
const LABEL_1035_RE = whole(LABEL_1035);
const QUALIFIED_RE = whole(QUALIFIED);
const LABEL_VALUE_RE = whole(LABEL_VALUE);
const CONFIG_KEY_RE = whole(CONFIG_KEY);

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const CONFIG_KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";

const LABEL_MAX = 63;
const SUBDOMAIN_MAX = 253;

function mismatch(
  text: string,
  pattern: string,
  ...examples: readonly string[]
): string {
  const shown = examples.map((e) => `'${e}', `).join(" or ");
  return `${text} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

const tooLong = (max: number): string =>
  `must be no more than ${max} characters`;

const qualifiedMismatch = (): string =>
  mismatch(QUALIFIED_TEXT, QUALIFIED, "MyName", "my.name", "123-abc");

/** An RFC 1123 label: containers, volumes, namespaces. */
export function labelProblems(value: string): string[] {
  const problems = value.length > LABEL_MAX ? [tooLong(LABEL_MAX)] : [];
  if (LABEL_RE.test(value)) return problems;
  const dots = SUBDOMAIN_RE.test(value);
  problems.push(
    dots
      ? "must not contain dots"
      : mismatch(LABEL_TEXT, LABEL, "my-name", "123-abc"),
  );
  return problems;
}

/** An RFC 1123 subdomain: most objects' names. */
export function subdomainProblems(value: string): string[] {
  const problems = value.length > SUBDOMAIN_MAX ? [tooLong(SUBDOMAIN_MAX)] : [];
  if (!SUBDOMAIN_RE.test(value))
    problems.push(mismatch(SUBDOMAIN_TEXT, SUBDOMAIN, "example.com"));
  return problems;
}

/** An RFC 1035 label: Services. */
export function label1035Problems(value: string): string[] {
  const problems = value.length > LABEL_MAX ? [tooLong(LABEL_MAX)] : [];
  if (!LABEL_1035_RE.test(value))
    problems.push(mismatch(LABEL_1035_TEXT, LABEL_1035, "my-name", "abc-123"));
  return problems;
}

/** Anything that can be one part of a path: RBAC objects. */
export function pathSegmentProblems(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"]
    .filter((part) => value.includes(part))
    .map((part) => `may not contain '${part}'`);
}

/** A label's or annotation's key: `name` or `prefix/name`. */
export function labelKeyProblems(value: string): string[] {
  const parts = value.split("/");
  if (parts.length > 2)
    return [
      `a qualified name ${qualifiedMismatch()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const name = parts.at(-1)!;
  const problems: string[] = [];
  if (parts.length === 2) {
    if (parts[0] === "") problems.push("prefix part must be non-empty");
    else
      for (const problem of subdomainProblems(parts[0]!))
        problems.push(`prefix part ${problem}`);
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (name.length > LABEL_MAX)
    problems.push(`name part ${tooLong(LABEL_MAX)}`);
  if (!QUALIFIED_RE.test(name))
    problems.push(`name part ${qualifiedMismatch()}`);
  return problems;
}

export function labelValueProblems(value: string): string[] {
  const problems = value.length > LABEL_MAX ? [tooLong(LABEL_MAX)] : [];
  if (!LABEL_VALUE_RE.test(value))
    problems.push(
      mismatch(LABEL_VALUE_TEXT, LABEL_VALUE, "MyValue", "my_value", "12345"),
    );
  return problems;
}

/** A key of a Secret's or ConfigMap's data. */
export function configKeyProblems(value: string): string[] {
  const problems = value.length > SUBDOMAIN_MAX ? [tooLong(SUBDOMAIN_MAX)] : [];
  if (!CONFIG_KEY_RE.test(value))
    problems.push(
      mismatch(CONFIG_KEY_TEXT, CONFIG_KEY, "key.name", "KEY_NAME", "key-name"),
    );
  if (value === "." || value === "..") problems.push(`must not be '${value}'`);
  else if (value.startsWith("..")) problems.push("must not start with '..'");
  return problems;
}

/** An environment variable's name, by the relaxed rule that is the default since 1.32. */
export function envNameProblems(value: string): string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  return /^[ -<>-~]+$/.test(value)
    ? []
    : [
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ];
}

/** A container port's name. */
export function portNameProblems(value: string): string[] {
  const problems = value.length > 15 ? [tooLong(15)] : [];
  if (!/^[-a-z0-9]+$/.test(value))
    problems.push(
      "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
  if (!/[a-z]/.test(value))
    problems.push("must contain at least one letter (a-z)");
  if (value.includes("--"))
    problems.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-"))
    problems.push("must not begin or end with a hyphen");
  return problems;
}

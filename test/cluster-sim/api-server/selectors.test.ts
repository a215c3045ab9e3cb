import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kindInfo } from "../../../src/cluster-sim/api-server/kinds.ts";
import { parseLabelSelector } from "../../../src/cluster-sim/api-server/label-selector.ts";
import {
  matchesFields,
  matchesLabels,
  parseFieldSelector,
} from "../../../src/cluster-sim/api-server/selectors.ts";
import type { ApiObject } from "../../../src/cluster-sim/ports.ts";

function selects(text: string, labels: Record<string, string>): boolean {
  const parsed = parseLabelSelector(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return matchesLabels(parsed.requirements, labels);
}

function labelError(text: string): string {
  const parsed = parseLabelSelector(text);
  return parsed.ok ? "no error" : parsed.message;
}

const POD: ApiObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web",
    namespace: "prod",
    uid: "u",
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "2024-04-29T09:00:00Z",
  },
  spec: { nodeName: "node-0", restartPolicy: "Always" },
  status: { phase: "Running" },
};

function fieldSelects(text: string, object: ApiObject): boolean {
  const parsed = parseFieldSelector(text, kindInfo(object.kind)!);
  if (!parsed.ok) throw new Error(parsed.message);
  return matchesFields(parsed.requirements, object);
}

describe("selectors", () => {
  const labels = { app: "web", tier: "front", n: "7" };

  it.each([
    ["", true],
    ["app=web", true],
    ["app==web", true],
    ["app=api", false],
    ["app!=api", true],
    ["missing!=x", true],
    ["app in (web, api)", true],
    ["app in (api)", false],
    ["app notin (api,job)", true],
    ["missing notin (x)", true],
    ["missing in ()", false],
    ["app", true],
    ["missing", false],
    ["!missing", true],
    ["!app", false],
    ["n>6", true],
    ["n<7", false],
    ["app>1", false],
    ["app=web,tier!=back,!missing", true],
    ["app=web,tier=back", false],
    [" app = web , tier in ( front ) ", true],
    ["missing=", false],
  ])("label selector %j selects: %s", (text, expected) => {
    expect(selects(text, labels)).toBe(expected);
  });

  // Texts of apimachinery's labels.Parse.
  it.each([
    ["app=web,", "found '', expected: identifier after ','"],
    ["app=web tier", "found 'tier', expected: ',' or 'end of string'"],
    ["=web", "found '=', expected: !, identifier, or 'end of string'"],
    ["app in web", "unable to parse requirement: found 'web' expected: '('"],
    [
      "app in (a b)",
      "unable to parse requirement: found 'b', expected: ',' or ')'",
    ],
    [
      "app web",
      "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt",
    ],
    ["app=(", "unable to parse requirement: found '(', expected: identifier"],
    ["!=", "found '!=', expected: !, identifier, or 'end of string'"],
    [
      "n>x",
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])("label selector %j is refused: %s", (text, message) => {
    expect(labelError(text)).toBe(message);
  });

  it("refuses keys and values that no label can have", () => {
    expect(labelError("a/b/c=1")).toMatch(
      /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a qualified name must consist of/,
    );
    expect(labelError("app=-x")).toMatch(
      /^unable to parse requirement: values\[0\]\[app\]: Invalid value: "-x": a valid label must be/,
    );
  });

  it("gives back what an equality was made of", () => {
    const word = fc.stringMatching(/^[a-z0-9]([a-z0-9]{0,8})$/);
    fc.assert(
      fc.property(word, word, fc.dictionary(word, word), (key, value, all) => {
        expect(selects(`${key}=${value}`, all)).toBe(all[key] === value);
        expect(selects(`${key}!=${value}`, all)).toBe(all[key] !== value);
      }),
      { seed: 7 },
    );
  });

  it.each([
    ["spec.nodeName=node-0", true],
    ["spec.nodeName!=node-0", false],
    ["spec.nodeName==node-1", false],
    ["status.phase!=Failed,status.phase!=Succeeded", true],
    ["metadata.name=web,metadata.namespace=prod", true],
    ["metadata.name=other", false],
    ["spec.hostNetwork=false", true],
    ["status.podIP=", true],
  ])("field selector %j selects: %s", (text, expected) => {
    expect(fieldSelects(text, POD)).toBe(expected);
  });

  it("selects pods without a node by the empty name", () => {
    expect(fieldSelects("spec.nodeName=", { ...POD, spec: {} })).toBe(true);
    expect(fieldSelects("spec.nodeName=", POD)).toBe(false);
  });

  it.each([
    ["Pod", "spec.image=x", "field label not supported: spec.image"],
    [
      "SecretProviderClassPodStatus",
      "status.podName=x",
      "field label not supported: status.podName",
    ],
    [
      "ConfigMap",
      "data=x",
      '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [
      "Pod",
      "nonsense",
      "invalid selector: 'nonsense'; can't understand 'nonsense'",
    ],
  ])("field selector of %s %j is refused: %s", (kind, text, message) => {
    const parsed = parseFieldSelector(text, kindInfo(kind)!);
    expect(parsed).toEqual({ ok: false, message });
  });
});

import { describe, expect, it } from "vitest";
import type { Question } from "../../../src/cluster-sim/programs/reloader/decision.ts";
import { shouldReload } from "../../../src/cluster-sim/programs/reloader/decision.ts";
import type {
  ReloaderOptions,
  ResourceType,
} from "../../../src/cluster-sim/programs/reloader/options.ts";
import { readOptions } from "../../../src/cluster-sim/programs/reloader/options.ts";

const SUFFIX = "reloader.stakater.com";
const AUTO = { [`${SUFFIX}/auto`]: "true" };
const SEARCH = { [`${SUFFIX}/search`]: "true" };
const MATCH = { [`${SUFFIX}/match`]: "true" };
const named = (list: string, type = "secret") => ({
  [`${type}.${SUFFIX}/reload`]: list,
});

function options(...args: string[]): ReloaderOptions {
  const read = readOptions({ args, env: {}, version: "1.4.21" });
  if (!read.ok) throw new Error(read.error);
  return read.options;
}

function decide(question: Partial<Question>, ...args: string[]): string {
  const { reload, autoReload } = shouldReload(
    {
      type: "SECRET",
      name: "app",
      object: {},
      kind: "Deployment",
      workload: {},
      podTemplate: {},
      ...question,
    },
    options(...args),
  );
  if (!reload) return "no";
  return autoReload ? "auto" : "named";
}

type Case = [
  what: string,
  question: Partial<Question>,
  decision: string,
  args?: readonly string[],
];

const IGNORE_JOBS = ["--ignored-workload-types=jobs"];

const CASES: Case[] = [
  ["nothing asks for it", {}, "no"],
  [
    "1: a kind that is ignored",
    { kind: "Job", workload: AUTO },
    "no",
    IGNORE_JOBS,
  ],
  [
    "1: another kind than the ignored one",
    { kind: "CronJob", workload: AUTO },
    "auto",
    IGNORE_JOBS,
  ],
  [
    "1: a list that names anything else ignores nothing",
    { kind: "Job", workload: AUTO },
    "auto",
    ["--ignored-workload-types=jobs,pods"],
  ],
  [
    "2: the object is to be ignored",
    { object: { [`${SUFFIX}/ignore`]: "true" }, workload: named("app") },
    "no",
  ],
  [
    "2: `ignore` that is not exactly true",
    { object: { [`${SUFFIX}/ignore`]: "True" }, workload: named("app") },
    "named",
  ],
  [
    "2: (i) `ignore` on the workload means nothing",
    { workload: { [`${SUFFIX}/ignore`]: "true", ...named("app") } },
    "named",
  ],
  [
    "3: the pod template is read when the workload has none of the keys",
    { podTemplate: AUTO },
    "auto",
  ],
  [
    "3: one key on the workload hides those of the pod template",
    {
      workload: { [`secret.${SUFFIX}/auto`]: "false" },
      podTemplate: named("app"),
    },
    "no",
  ],
  [
    "3: another type's key on the workload hides nothing",
    { workload: named("x", "configmap"), podTemplate: named("app") },
    "named",
  ],
  [
    "4: excluded by name",
    {
      workload: { ...AUTO, [`secrets.exclude.${SUFFIX}/reload`]: "x, app" },
    },
    "no",
  ],
  [
    "4: excluded although it is named",
    {
      workload: {
        ...named("app"),
        [`secrets.exclude.${SUFFIX}/reload`]: "app",
      },
    },
    "no",
  ],
  [
    "4: an exclusion is no regular expression",
    { workload: { ...AUTO, [`secrets.exclude.${SUFFIX}/reload`]: "a.*" } },
    "auto",
  ],
  [
    "4: another type's exclusion",
    { workload: { ...AUTO, [`configmaps.exclude.${SUFFIX}/reload`]: "app" } },
    "auto",
  ],
  [
    "4: an exclusion in the pod template does not count",
    {
      podTemplate: { ...AUTO, [`secrets.exclude.${SUFFIX}/reload`]: "app" },
    },
    "auto",
  ],
  ["5: named", { workload: named("x, app ,y") }, "named"],
  ["5: named by a regular expression", { workload: named("a.+") }, "named"],
  ["5: the expression must match the whole", { workload: named("ap") }, "no"],
  ["5: `true` is a name", { workload: named("true") }, "no"],
  [
    "5: an invalid expression is skipped",
    { workload: named("(, app") },
    "named",
  ],
  [
    "5: what Go's expressions do not have is invalid",
    { workload: named("(?=app)app") },
    "no",
  ],
  ["5: the other type's list", { workload: named("app", "configmap") }, "no"],
  ["6: search and match", { workload: SEARCH, object: MATCH }, "auto"],
  ["6: search without match", { workload: SEARCH }, "no"],
  ["6: match without search", { object: MATCH }, "no"],
  [
    "6: search that is not exactly true",
    { workload: { [`${SUFFIX}/search`]: "1" }, object: MATCH },
    "no",
  ],
  ["7: auto", { workload: AUTO }, "auto"],
  ["7: auto as Go reads it", { workload: { [`${SUFFIX}/auto`]: "T" } }, "auto"],
  ["7: auto that is none", { workload: { [`${SUFFIX}/auto`]: "yes" } }, "no"],
  [
    "7: auto of one type",
    { workload: { [`secret.${SUFFIX}/auto`]: "true" } },
    "auto",
  ],
  [
    "7: auto of another type",
    { workload: { [`configmap.${SUFFIX}/auto`]: "true" } },
    "no",
  ],
  ["7: everything by flag", {}, "auto", ["--auto-reload-all"]],
  [
    "7: everything but who says otherwise",
    { workload: { [`${SUFFIX}/auto`]: "false" } },
    "no",
    ["--auto-reload-all"],
  ],
  [
    "a flag renames an annotation",
    { workload: { "mine/reload": "app" } },
    "named",
    ["--secret-annotation=mine/reload"],
  ],
];

describe("Reloader's decision", () => {
  it.each<Case>(CASES)(
    "%s: %j gives %s",
    (_, question, decision, args = []) => {
      expect(decide(question, ...args)).toBe(decision);
    },
  );

  it.each<[ResourceType, string]>([
    ["CONFIGMAP", "configmap"],
    ["SECRETPROVIDERCLASS", "secretproviderclass"],
  ])("%s has annotations of its own", (type, prefix) => {
    const workload = (key: string, text: string) => ({
      workload: { [`${prefix}.${SUFFIX}/${key}`]: text },
    });
    expect(decide({ type, ...workload("reload", "app") })).toBe("named");
    expect(decide({ type, ...workload("auto", "true") })).toBe("auto");
    const exclude = `${prefix}${prefix.endsWith("s") ? "es" : "s"}.exclude`;
    const excluded = { ...AUTO, [`${exclude}.${SUFFIX}/reload`]: "app" };
    expect(decide({ type, workload: excluded })).toBe("no");
  });
});

/** Variants: the same journal under other settings, what holds under which, and every mistake in naming them. */
import { expect, it } from "vitest";

import { loadProfile } from "../../../src/emulator/profiles/load.ts";
import { playScenario } from "../../../src/emulator/scenario/run.ts";
import {
  variantOf,
  withSettings,
} from "../../../src/emulator/scenario/variants.ts";
import { HEAD, WITH_POD, linesOf, loadText, problemsOf } from "./support.ts";

const VARIANTS = `settings: {latency: {vault: 7ms}}
variants:
  driver-1.5: {driver: {version: 1.5.6}}
  driver-1.6: {driver: {version: 1.6.0}, latency: {entra: 1s}}
`;
const SINK = 'sink: {file: "busybox@main:/mnt/store/secret1"}';
const EXPECT = `expect:
  - {name: everywhere, ${SINK}, sees: rotate}
  - {name: new driver, ${SINK}, sees: rotate, variants: [driver-1.6]}
  - {name: both, ${SINK}, sees: rotate, variants: [driver-1.6, driver-1.5]}
`;

it("puts each variant's settings on top of the scenario's own", () => {
  const { variants, settings } = loadText(HEAD + VARIANTS);
  const { latency, driver } = loadProfile("aks").settings;
  expect(settings.latency).toEqual({ ...latency, vault: 7 });
  expect(variants).toEqual([
    {
      name: "driver-1.5",
      settings: { ...settings, driver: { ...driver, version: "1.5.6" } },
    },
    {
      name: "driver-1.6",
      settings: {
        ...settings,
        driver: { ...driver, version: "1.6.0" },
        latency: { ...latency, vault: 7, entra: 1000 },
      },
    },
  ]);
});

it("has none where a scenario declares none, or an empty mapping", () => {
  expect(loadText(HEAD).variants).toEqual([]);
  expect(loadText(`${HEAD}variants: {}\n`).variants).toEqual([]);
});

it("is the scenario under another name, with the expectations that hold there", () => {
  const scenario = loadText(WITH_POD + VARIANTS + EXPECT);
  const old = variantOf(scenario, "driver-1.5");
  expect(old).toMatchObject({
    name: "t@driver-1.5",
    settings: scenario.variants[0]!.settings,
    variants: [],
    seed: scenario.seed,
  });
  expect(old.setup).toBe(scenario.setup);
  expect(old.steps).toBe(scenario.steps);
  const names = (name: string) =>
    variantOf(scenario, name).expectations.map((line) => line.name);
  expect(names("driver-1.5")).toEqual(["everywhere", "both"]);
  expect(names("driver-1.6")).toEqual(["everywhere", "new driver", "both"]);
});

it("plays a scenario with variants under its first one", () => {
  const scenario = loadText(WITH_POD + VARIANTS + EXPECT);
  const played = playScenario(scenario);
  expect(played.scenario.name).toBe("t@driver-1.5");
  expect(played.results.map(({ name }) => name)).toEqual([
    "everywhere",
    "both",
  ]);
  const alone = playScenario(variantOf(scenario, "driver-1.5"));
  expect(played.world.traceHash).toBe(alone.world.traceHash);
});

it("refuses a variant that there is not, with the nearest name", () => {
  const scenario = loadText(HEAD + VARIANTS);
  expect(() => variantOf(scenario, "driver-1.7")).toThrow(
    'Failed to play s.yaml: there is no variant "driver-1.7"; did you mean "driver-1.5"?\n  variants: driver-1.5 and driver-1.6',
  );
  expect(() => variantOf(loadText(HEAD), "x")).toThrow("variants: none");
});

it("reports a name in an expectation that no variant has, where it stands", () => {
  const text = WITH_POD + VARIANTS + EXPECT.replace("driver-1.5", "driver-15");
  const line = text.split("\n").findIndex((each) => each.includes("both")) + 1;
  const [problem] = problemsOf(text);
  expect(problem).toMatchObject({
    position: { line },
    message: 'there is no variant "driver-15"; did you mean "driver-1.5"?',
    fix: "variants: driver-1.5 and driver-1.6",
  });
});

it("reports a line for some variants where there are none, and one for no variant at all", () => {
  expect(linesOf(WITH_POD + EXPECT)).toEqual([
    expect.stringMatching(/^s\.yaml:\d+:\d+: this scenario has no variants$/),
    expect.stringMatching(/^s\.yaml:\d+:\d+: this scenario has no variants$/),
  ]);
  expect(
    linesOf(`${WITH_POD}${VARIANTS}expect: [{${SINK}, sees: rotate, variants: []}]
`)[0],
  ).toContain("variants: names at least one variant");
});

it.each([
  ["../up: {}", '"../up" is no name of a variant'],
  ['"": {}', '"" is no name of a variant'],
  ["a b: {}", '"a b" is no name of a variant'],
  ["v: {driver: {verison: 1.6.0}}", 'unknown key "verison"'],
  ["v: {driver: {version: 2.0.0}}", "newer than the driver versions modelled"],
  ["v:", "expected a mapping, found nothing"],
])("reports the mistake in %s", (body, says) => {
  expect(linesOf(`${HEAD}variants:\n  ${body}\n`).join("\n")).toContain(says);
});

it("takes a setting from outside under every variant, unless they differ in it", () => {
  const scenario = loadText(HEAD + VARIANTS);
  const set = withSettings(scenario, { latency: { vault: 1 } });
  const all = [set, ...set.variants].map(({ settings }) => settings.latency);
  expect(all.map(({ vault }) => vault)).toEqual([1, 1, 1]);
  expect(all.map(({ entra }) => entra)).toEqual([40, 40, 1000]);
  expect(() =>
    withSettings(scenario, { driver: { version: "1.4.0" } }),
  ).toThrow(
    "Failed to set driver.version for s.yaml: it is a setting in which its variants differ\n  choose one with --variant: driver-1.5 and driver-1.6",
  );
  const one = withSettings(variantOf(scenario, "driver-1.6"), {
    driver: { version: "1.4.0" },
  });
  expect(one.settings.driver.version).toBe("1.4.0");
});

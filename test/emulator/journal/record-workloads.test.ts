/** Commands about workloads, lanes and databases as a scenario file: what comes back is what was written. */
import { expect, test } from "vitest";
import { journalText } from "../../../src/emulator/journal/record.ts";
import { loadProfile } from "../../../src/emulator/profiles/load.ts";
import { loadScenario } from "../../../src/emulator/scenario/load.ts";
import { playScenario } from "../../../src/emulator/scenario/run.ts";
import type {
  Command,
  JournalEntry,
} from "../../../src/emulator/world/commands.ts";
import { parseInstant } from "../../../src/kernel/time.ts";
import { aWorkload } from "../../support/world.ts";

const START = parseInstant("2024-04-29T09:00:00Z")!;
const NAMED = { objectKind: "Deployment", namespace: "shop", name: "web" };
const DEPLOYMENT = {
  ...aWorkload("Deployment"),
  metadata: { name: "web", namespace: "shop" },
};
const VAULT: readonly Command[] = [
  { kind: "createVault", vault: "kvdemo", access: { mode: "open" } },
  { kind: "setSecret", vault: "kvdemo", name: "password", value: "v1" },
];
const COMMANDS: readonly Command[] = [
  ...VAULT,
  {
    kind: "createDatabase",
    database: {
      name: "orders",
      vault: "kvdemo",
      secret: "password",
      credentials: "dual",
      switchAfterMs: 5000,
    },
  },
  { kind: "apply", object: DEPLOYMENT },
  {
    kind: "createLane",
    lane: {
      name: "ESO, hourly",
      kind: "external-secrets",
      vault: "kvdemo",
      secret: "password",
      version: null,
      everyMs: 3_600_000,
      jitterMs: 0,
      phaseMs: 90_500,
      target: { namespace: "shop", secret: "eso", key: "password" },
      refreshPolicy: "Periodic",
    },
  },
  {
    kind: "createLane",
    lane: {
      name: "dapr",
      kind: "dapr",
      vault: "kvdemo",
      secret: "password",
      version: "0123456789abcdef0123456789abcdef",
      everyMs: null,
      jitterMs: 0,
      phaseMs: null,
      target: null,
      refreshPolicy: null,
    },
  },
  {
    kind: "patch",
    ...NAMED,
    patchType: "strategic",
    body: { metadata: { annotations: { on: "yes", price: "${n} $$" } } },
    id: "patch",
  },
  {
    kind: "patch",
    ...NAMED,
    patchType: "json",
    body: [{ op: "add", path: "/metadata/labels", value: { a: "1" } }],
  },
  { kind: "scale", ...NAMED, replicas: 0 },
  { kind: "rolloutRestart", ...NAMED },
  { kind: "refreshLane", lane: "ESO, hourly" },
  { kind: "restart", what: "lane", node: "dapr", downForMs: 1000 },
  { kind: "restart", what: "reloader", node: null, downForMs: null },
  { kind: "restart", what: "reloader", node: "reloader-1", downForMs: 5000 },
  {
    kind: "exec",
    exec: "exec-1",
    namespace: "shop",
    pod: "deployment/web",
    container: null,
    command: ["ls"],
  },
  {
    kind: "exec",
    exec: "exec-2",
    namespace: "shop",
    pod: "{.items[0].metadata.name}",
    selector: "app=web",
    container: null,
    command: ["ls"],
  },
  {
    kind: "kill",
    namespace: "shop",
    pod: "deployment/web",
    container: null,
    exitCode: 1,
  },
];

function textOf(journal: readonly JournalEntry[]): string {
  return journalText({
    name: "recorded",
    title: "",
    seed: 1,
    start: START,
    duration: 600_000,
    profile: "aks",
    settings: loadProfile("aks").settings,
    nodes: ["node-0"],
    journal,
  });
}

const reload = (text: string) =>
  loadScenario("journal.yaml", { readFile: () => text });

test("every command comes back as it was", () => {
  const journal = COMMANDS.map((command, i) => ({
    at: START + Math.max(0, i - 5) * 10_000,
    command,
  }));
  const { setup, steps } = reload(textOf(journal));
  expect([...setup, ...steps.map(({ command }) => command)]).toEqual(COMMANDS);
});

test("a replay gives the same facts", () => {
  const scenario = reload(
    textOf(COMMANDS.slice(0, 5).map((command) => ({ at: START, command }))),
  );
  const restart: Command = { kind: "rolloutRestart", ...NAMED };
  const position = { file: "journal.yaml", line: 1, column: 1 };
  const played = playScenario({
    ...scenario,
    steps: [...scenario.steps, { at: 60_000, command: restart, position }],
  });
  const again = playScenario(reload(textOf(played.world.journal)));
  expect(again.world.traceHash).toBe(played.world.traceHash);
});

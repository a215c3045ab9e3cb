/** Steps: what happens when. One step becomes one command, or one a manifest's object. */
import { isJsonObject } from "../../kernel/json.ts";
import type { DurationMs } from "../../kernel/time.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import { readSettings } from "../profiles/settings-text.ts";
import { execName } from "../world/commands.ts";
import type { Command } from "../world/commands.ts";
import { FIXED_SETTINGS } from "../world/settings.ts";
import { readDatabaseStep } from "./databases.ts";
import type { Declared } from "./declared.ts";
import { readFault, readRefresh, readRestart } from "./fault-steps.ts";
import { readLaneStep } from "./lanes.ts";
import {
  countAt,
  durationAt,
  numberAt,
  positionAt,
  reportAt,
  textAt,
} from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import type { Manifest, ManifestReader } from "./manifests.ts";
import type { ExecOutcome, Step } from "./model.ts";
import { parseObjectName } from "./names.ts";
import { readExec, readKill } from "./pod-steps.ts";
import { BUILT_STEPS, STEP_KINDS } from "./schema-steps.ts";
import { declareVaultStep, readVaultStep } from "./vault-steps.ts";
import { readPatch, readRolloutRestart, readScale } from "./workload-steps.ts";

/** A step before its names are looked up. */
interface DraftStep {
  readonly path: Path;
  readonly kind: string;
  /** Of `apply` only. */
  readonly manifests: readonly Manifest[];
}

/** First pass: everything that steps bring into the world is declared, whatever the order of use. */
export function declareSteps(
  context: LoadContext,
  declared: Declared,
  reader: ManifestReader,
): readonly DraftStep[] {
  const drafts: DraftStep[] = [];
  for (let i = 0; i < countAt(context, ["steps"]); i++) {
    const path = ["steps", i];
    const step = context.checked.raw(path);
    if (!isJsonObject(step)) continue;
    const kind = STEP_KINDS.find((name) => name in step);
    if (kind === undefined) continue;
    declareId(context, declared, { path, id: step["id"], kind });
    declareVaultStep(declared, kind, step[kind]);
    const manifests = kind === "apply" ? reader.read([...path, kind]) : [];
    for (const manifest of manifests) declared.addObject(manifest);
    drafts.push({ path, kind, manifests });
  }
  return drafts;
}

function declareId(
  context: LoadContext,
  declared: Declared,
  step: { readonly path: Path; readonly id: unknown; readonly kind: string },
): void {
  if (typeof step.id !== "string") return;
  const path = [...step.path, "id"];
  const earlier = declared.addStep(
    step.id,
    step.kind,
    positionAt(context, path),
  );
  if (earlier)
    reportAt(context, path, {
      message: `the step id "${step.id}" is used twice, first in line ${earlier.line}`,
      fix: "give each step an id of its own",
    });
}

/** Second pass, in the order of `at`; steps at one instant keep the file's order. */
export function readSteps(
  context: LoadContext,
  declared: Declared,
  drafts: readonly DraftStep[],
): readonly Step[] {
  const steps: Step[] = [];
  for (const draft of drafts) {
    const { path, kind } = draft;
    if (!BUILT_STEPS.includes(kind)) {
      context.problems.add(
        context.checked.document.atKey([...path, kind]),
        `the step "${kind}" is not built yet in this version`,
        `built: ${BUILT_STEPS.join(", ")}`,
      );
      continue;
    }
    const at = readInstant(context, [...path, "at"]);
    const commands = readCommands(context, declared, draft);
    if (at === null) continue;
    const id = textAt(context, [...path, "id"]);
    const position = positionAt(context, path);
    for (const body of commands) {
      const command: Command = id === null ? body : { ...body, id };
      const expect = readOutcome(context, path);
      steps.push({ at, command, position, ...(expect && { expect }) });
    }
  }
  return numberedExecs(steps.sort((a, b) => a.at - b.at));
}

/** Executions are called by their place among all of a run, so that a journal names them as its run did. */
function numberedExecs(steps: readonly Step[]): Step[] {
  let count = 0;
  return steps.map((step) => {
    if (step.command.kind !== "exec") return step;
    count += 1;
    return { ...step, command: { ...step.command, exec: execName(count) } };
  });
}

/** What an `exec` step expects; null where it says nothing. */
function readOutcome(context: LoadContext, path: Path): ExecOutcome | null {
  const expected = [...path, "expect"];
  if (context.checked.get(expected) === undefined) return null;
  return {
    stdout: textAt(context, [...expected, "stdout"]),
    exitCode: numberAt(context, [...expected, "exitCode"]),
  };
}

/** A time of the run; reports one that lies after its end. */
export function readInstant(
  context: LoadContext,
  path: Path,
): DurationMs | null {
  const at = durationAt(context, path);
  const { duration } = context;
  if (at !== null && duration !== null && at > duration) {
    reportAt(context, path, {
      message: `${formatDuration(at)} is after the end: the scenario plays ${formatDuration(duration)}`,
      fix: 'make "duration" longer',
    });
    return null;
  }
  return at;
}

function readCommands(
  context: LoadContext,
  declared: Declared,
  { path, kind, manifests }: DraftStep,
): readonly Command[] {
  const detail = [...path, kind];
  switch (kind) {
    case "apply":
      return manifests.map(({ object }) => ({ kind, object }));
    case "delete":
      return asList(readDelete(context, declared, detail));
    case "settings":
      return asList(readSettingsStep(context, detail));
    case "exec":
      return asList(readExec(context, declared, detail));
    case "kill":
      return asList(readKill(context, declared, detail));
    case "restart":
      return asList(readRestart(context, declared, detail));
    case "fault":
      return asList(readFault(context, declared, detail));
    case "lane":
      return asList(readLaneStep(context, declared, detail));
    case "database":
      return asList(readDatabaseStep(context, declared, detail));
    case "refresh":
      return asList(readRefresh(context, declared, detail));
    case "patch":
      return asList(readPatch(context, declared, detail));
    case "scale":
      return asList(readScale(context, declared, detail));
    case "rolloutRestart":
      return asList(readRolloutRestart(context, declared, detail));
    default:
      return asList(readVaultStep(context, declared, { kind, detail }));
  }
}

function asList(command: Command | null): readonly Command[] {
  return command === null ? [] : [command];
}

function readDelete(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const text = textAt(context, path);
  if (text === null) return null;
  const object = parseObjectName(text, context.namespace, declared.kinds);
  if (!object.ok) {
    reportAt(context, path, object);
    return null;
  }
  const { kind, namespace, name } = object.value;
  declared.object(object.value, positionAt(context, path));
  return { kind: "delete", objectKind: kind, namespace, name };
}

function readSettingsStep(context: LoadContext, path: Path): Command {
  const { document } = context.checked;
  for (const group of document.keys(path))
    if (FIXED_SETTINGS.includes(group))
      context.problems.add(
        document.atKey([...path, group]),
        `"${group}" cannot change while the scenario plays in this version`,
        'set it under "settings:" at the top',
      );
  const settings = readSettings(context.checked, path, context.problems);
  return { kind: "settings", settings };
}

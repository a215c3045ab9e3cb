/**
 * `lanes:` and `lane` steps: ways to compare on the same rotation. A product becomes a command that makes it; a sink is a
 * way that the scenario plays anyway.
 */
import { formatDuration } from "../../kernel/time.ts";
import type { DurationMs } from "../../kernel/time.ts";
import type { Path } from "../profiles/input/yaml-document.ts";
import type { Command, LaneSpec } from "../world/commands.ts";
import {
  LANE_KINDS,
  REFRESH_POLICIES,
  SECRET_LANES,
  mistakeOfLane,
} from "../world/kinds.ts";
import type { Declared } from "./declared.ts";
import {
  countAt,
  durationAt,
  pathsInSteps,
  positionAt,
  reportAt,
  textAt,
} from "./load-context.ts";
import type { LoadContext } from "./load-context.ts";
import type { ScenarioLane } from "./model.ts";
import { NameLookup } from "./name-lookup.ts";
import { parseSink } from "./names.ts";

/** Names of all lanes and the Secrets that they write, also of those with mistakes elsewhere. */
export function declareLanes(context: LoadContext, declared: Declared): void {
  for (const path of [...listed(context), ...inSteps(context)]) {
    const name = textAt(context, [...path, "name"]);
    const at = positionAt(context, [...path, "name"]);
    const isProduct = context.checked.raw([...path, "kind"]) !== undefined;
    const earlier =
      name === null ? null : declared.addLane(name, at, isProduct);
    if (earlier !== null)
      reportAt(context, [...path, "name"], {
        message: `the lane "${name}" stands twice here, first in line ${earlier.line}`,
        fix: "give each lane a name of its own",
      });
    const target = readTarget(context, path);
    if (target !== null)
      declared.addSecretKey(target.namespace, target.secret, target.key);
  }
}

/** Those of the head. */
export function readLanes(
  context: LoadContext,
  declared: Declared,
): readonly ScenarioLane[] {
  return listed(context)
    .map((path) => readLane(context, declared, path))
    .filter((lane) => lane !== null);
}

/** The command that makes a lane; none for a way that is there anyway. */
export function createLane({ spec }: ScenarioLane): Command[] {
  return spec === null ? [] : [{ kind: "createLane", lane: spec }];
}

/** Null when something is wrong with the step, which is reported then. */
export function readLaneStep(
  context: LoadContext,
  declared: Declared,
  path: Path,
): Command | null {
  const spec = readSpec(context, declared, path);
  return spec && { kind: "createLane", lane: spec };
}

/** A lane that a step makes, as a row of the table. */
export function laneOf(lane: LaneSpec): ScenarioLane {
  const { name, kind } = lane;
  return { name, title: name, kind, spec: lane, sink: null };
}

function listed(context: LoadContext): Path[] {
  const count = countAt(context, ["lanes"]);
  return Array.from({ length: count }, (_, i) => ["lanes", i]);
}

function inSteps(context: LoadContext): Path[] {
  return pathsInSteps(context, "lane");
}

function readLane(
  context: LoadContext,
  declared: Declared,
  path: Path,
): ScenarioLane | null {
  const name = textAt(context, [...path, "name"]);
  if (name === null) return null;
  const title = textAt(context, [...path, "title"]) ?? name;
  const written = (key: string) => context.checked.raw([...path, key]);
  const sink =
    written("sink") === undefined
      ? null
      : new NameLookup(context, declared).sink([...path, "sink"]);
  if (written("kind") === undefined)
    return sink && { name, title, kind: null, spec: null, sink };
  const spec = readSpec(context, declared, path);
  return spec && { ...laneOf(spec), title, sink };
}

function readSpec(
  context: LoadContext,
  declared: Declared,
  path: Path,
): LaneSpec | null {
  const text = (key: string) => textAt(context, [...path, key]);
  const at = (key: string) => positionAt(context, [...path, key]);
  const kind = LANE_KINDS.find((each) => each === text("kind"));
  const named = text("vault");
  const vault = named === null ? null : declared.vault(named, at("vault"));
  const wanted = text("secret");
  const secret =
    vault === null || wanted === null
      ? null
      : declared.secret(vault, wanted, at("secret"));
  const target = readTarget(context, path);
  if (kind === undefined) return null;
  refuseMisfits(context, path, kind);
  const refreshPolicy = REFRESH_POLICIES.find(
    (each) => each === text("refreshPolicy"),
  );
  const everyMs = durationAt(context, [...path, "every"]);
  const phaseMs = durationAt(context, [...path, "phase"]);
  if (vault === null || secret === null || context.checked.isBad(path))
    return null;
  if (refuseLatePhase(context, path, { everyMs, phaseMs })) return null;
  const spec: LaneSpec = {
    name: text("name")!,
    kind,
    vault,
    secret,
    version: text("version"),
    everyMs,
    jitterMs: durationAt(context, [...path, "jitter"]) ?? 0,
    phaseMs,
    target,
    refreshPolicy: refreshPolicy ?? null,
  };
  refuseMistake(context, path, spec);
  return spec;
}

/** What only the product knows: its shortest interval, whether it has one, whether it jitters. */
function refuseMistake(context: LoadContext, path: Path, spec: LaneSpec): void {
  const { checked, problems } = context;
  const mistake = mistakeOfLane(spec);
  if (mistake === null || TOLD_ABOVE.includes(mistake.member)) return;
  const { member, reason } = mistake;
  const at = [...path, member];
  if (checked.raw(at) !== undefined) reportAt(context, at, { message: reason });
  else problems.add(positionAt(context, path), reason, `add "${member}"`);
}

/** Members that `refuseMisfits` has words of its own for. */
const TOLD_ABOVE: readonly string[] = ["target", "refreshPolicy"];

/** Members that the product does not have, and the one that it cannot do without. */
function refuseMisfits(
  context: LoadContext,
  path: Path,
  kind: LaneSpec["kind"],
): void {
  const has = (key: string) =>
    context.checked.raw([...path, key]) !== undefined;
  const writes = SECRET_LANES.includes(kind);
  if (writes && !has("target"))
    reportAt(context, path, {
      message: `a lane of ${kind} writes a Secret, and has no "target"`,
      fix: "add one, like target: app-password/password",
    });
  const refuse = (key: string, why: string) =>
    context.problems.add(
      context.checked.document.atKey([...path, key]),
      why,
      "remove it",
    );
  if (!writes && has("target"))
    refuse("target", `a lane of ${kind} writes no Secret`);
  if (kind !== "external-secrets" && has("refreshPolicy"))
    refuse("refreshPolicy", `a lane of ${kind} has no refreshPolicy`);
}

function refuseLatePhase(
  context: LoadContext,
  path: Path,
  of: {
    readonly everyMs: DurationMs | null;
    readonly phaseMs: DurationMs | null;
  },
): boolean {
  const { everyMs, phaseMs } = of;
  if (everyMs === null || phaseMs === null || phaseMs < everyMs) return false;
  reportAt(context, [...path, "phase"], {
    message: `phase lies within the interval: ${formatDuration(phaseMs)} is not less than ${formatDuration(everyMs)}`,
    fix: "shorten it",
  });
  return true;
}

/** Null where none is written, and where it is wrong, which is reported then. */
function readTarget(context: LoadContext, path: Path): LaneSpec["target"] {
  const at = [...path, "target"];
  const text = textAt(context, at);
  if (text === null) return null;
  const parsed = parseSink("secret", text, context.namespace);
  if (!parsed.ok) {
    reportAt(context, at, {
      message: parsed.message,
      fix: "a target is [NAMESPACE/]SECRET/KEY",
    });
    return null;
  }
  if (parsed.value.kind !== "secret") return null;
  const { namespace, secret, key } = parsed.value;
  return { namespace, secret, key };
}

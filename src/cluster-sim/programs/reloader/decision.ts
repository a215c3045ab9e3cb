/**
 * Whether a changed object makes Reloader reload a workload: the rule alone, without any effect.
 *
 * Source: stakater/Reloader v1.4.21 pkg/common/common.go (ShouldReload, checkIfResourceIsExcluded); reloader.md 1.3
 * Simplification: An entry of a named list is read as JavaScript's regular expression, which differs from Go's in rare syntax; what Go does not have (lookaround, backreferences) counts as invalid.
 * Differs: An invalid regular expression in a named list is skipped, as Reloader does since 1.4.21; earlier releases crash on it.
 */
import { goBool } from "./flags.ts";
import type { ReloaderOptions, ResourceType } from "./options.ts";

type Annotations = Readonly<Record<string, string>>;

export interface Question {
  readonly type: ResourceType;
  /** Of the changed object; of a status the name of its SecretProviderClass. */
  readonly name: string;
  /** Annotations of the changed object, or of that class. */
  readonly object: Annotations;
  /** `Deployment`, `CronJob` … */
  readonly kind: string;
  readonly workload: Annotations;
  readonly podTemplate: Annotations;
}

export interface Decision {
  readonly reload: boolean;
  /** Whether only a container that refers to the object may carry the mark. */
  readonly autoReload: boolean;
}

const NO: Decision = { reload: false, autoReload: false };
const NAMED: Decision = { reload: true, autoReload: false };
const AUTO: Decision = { reload: true, autoReload: true };

const IGNORABLE: Readonly<Record<string, string>> = {
  Job: "jobs",
  CronJob: "cronjobs",
};

/** The first rule that says anything decides. */
export function shouldReload(
  question: Question,
  options: ReloaderOptions,
): Decision {
  const { type, name, object, kind, workload } = question;
  const { annotations: names, autoReloadAll, ignoredWorkloadTypes } = options;
  if (ignoredWorkloadTypes.includes(IGNORABLE[kind] ?? kind)) return NO;
  if (object[names.ignore] === "true") return NO;
  const typedAuto = names.typedAuto[type];
  const keys = [names.named[type], names.search, names.auto, typedAuto];
  const isOnWorkload = keys.some((key) => Object.hasOwn(workload, key));
  const read = isOnWorkload ? workload : question.podTemplate;
  if (entries(workload[names.exclude[type]]).includes(name)) return NO;
  if (entries(read[names.named[type]]).some((entry) => matches(entry, name)))
    return NAMED;
  if (read[names.search] === "true" && object[names.match] === "true")
    return AUTO;
  const general = read[names.auto] ?? "";
  const typed = read[typedAuto] ?? "";
  if (goBool(general) === true || goBool(typed) === true) return AUTO;
  return general === "" && typed === "" && autoReloadAll ? AUTO : NO;
}

function entries(list: string | undefined): string[] {
  return (list ?? "").split(",").map((entry) => entry.trim());
}

/** Lookaround and backreferences: JavaScript has them, Go does not. */
const NOT_IN_GO = /\(\?(?:[=!]|<[=!])|\\[1-9]/;

function matches(entry: string, name: string): boolean {
  if (NOT_IN_GO.test(entry)) return false;
  try {
    return new RegExp(`^${entry}$`).test(name);
  } catch {
    return false;
  }
}

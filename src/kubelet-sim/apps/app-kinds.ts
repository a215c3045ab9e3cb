/** What follows from an application's kind: its interval, what it reads, whose container it is. */
import type { DurationMs } from "../../kernel/time.ts";
import { specOf } from "../pod-spec.ts";
import type { RunningContainer } from "../ports.ts";
import type { AppSpec } from "./app-spec.ts";
import {
  APP_POLL_INTERVAL_MS,
  SPRING_REFRESH_INTERVAL_MS,
} from "./defaults.ts";

/** Its interval with the default of its kind filled in; null where it does not look by the clock. */
export function intervalOf(spec: AppSpec): DurationMs | null {
  const { how, everyMs, database, requestEveryMs } = spec;
  switch (how) {
    case "polls-file":
    case "polls-vault":
    case "caches-vault":
      return everyMs ?? APP_POLL_INTERVAL_MS;
    case "spring":
      return everyMs ?? SPRING_REFRESH_INTERVAL_MS;
    case "dotnet":
      return everyMs;
    case "reads-each-use":
      return database === null ? (everyMs ?? requestEveryMs) : requestEveryMs;
    default:
      return null;
  }
}

/** How the application's reading is told: an absolute path, `env NAME`, or `kvdemo/secrets/password`. */
export function readsText({ source }: AppSpec): string {
  switch (source.kind) {
    case "file":
      return source.path;
    case "variable":
      return `env ${source.name}`;
    case "vault":
      return `${source.vault}/secrets/${source.secret}`;
  }
}

/** Frameworks that load all secrets when the program starts, and again by the clock. */
export function isProvider({ how }: AppSpec): boolean {
  return how === "dotnet" || how === "spring";
}

/** Whether looks follow each other by the clock. */
export function looksByClock(spec: AppSpec): boolean {
  return spec.how.startsWith("polls") || isProvider(spec);
}

/** The container that the application runs in. */
export function applicationOf(
  { container }: AppSpec,
  { pod }: RunningContainer,
): string {
  return container ?? specOf(pod.object).containers[0]!.name;
}

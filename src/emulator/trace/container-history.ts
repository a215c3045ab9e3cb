/**
 * What the containers of a pod were given when they were created: the environment and the files that `subPath` mounts
 * pin. Both stay as they are until the container ends, and go with it.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type {
  EnvironmentFact,
  PinnedFileFact,
  VariableFact,
} from "../../kubelet-sim/facts.ts";
import type { FactNamed } from "./fact-index.ts";
import type { SinkEntry } from "./pod-history.ts";
import { changesOf } from "./sink-changes.ts";
import type { SinkVersion } from "./versions.ts";

/** One container from its creation to its end. */
export interface ContainerLife {
  readonly container: string;
  readonly t: EpochMs;
  readonly seq: number;
  readonly variables: readonly VariableFact[];
  readonly pinned: readonly PinnedFileFact[];
  /** Null while it lives. */
  ended: { readonly t: EpochMs; readonly seq: number } | null;
}

export function lifeOf(fact: FactNamed<"container.created">): ContainerLife {
  const { t, seq, data } = fact;
  const { container, variables, pinned } = data;
  return { container, t, seq, variables, pinned, ended: null };
}

/** Ends the life of a container, if it is known to live. */
export function endLife(
  lives: readonly ContainerLife[],
  { t, seq, data }: FactNamed<"container.exited">,
): void {
  const life = lives.findLast(({ container }) => container === data.container);
  if (life !== undefined) life.ended ??= { t, seq };
}

/** What a variable of a container held: there with the container, gone with it. */
export function variableEntries(
  lives: readonly ContainerLife[],
  container: string,
  variable: string,
): SinkEntry[] {
  return entriesOf(lives, container, ({ variables }) =>
    variables.find((each) => each.variable === variable),
  );
}

/** What a pinned file of a container held; `path` is absolute. */
export function pinnedEntries(
  lives: readonly ContainerLife[],
  container: string,
  path: string,
): SinkEntry[] {
  return entriesOf(lives, container, ({ pinned }) =>
    pinned.find((file) => file.path === path),
  );
}

function entriesOf(
  lives: readonly ContainerLife[],
  container: string,
  held: (life: ContainerLife) => SinkVersion | undefined,
): SinkEntry[] {
  const changes = lives
    .filter((life) => life.container === container)
    .flatMap((life) => [
      { t: life.t, seq: life.seq, version: held(life) },
      ...(life.ended === null ? [] : [{ ...life.ended, version: undefined }]),
    ]);
  return changesOf(changes, ({ version }) => version);
}

/**
 * The containers that have a variable from a Secret or ConfigMap: as the pod says, or as one of them was given. Of those
 * that take a whole object nobody knows before they are created: they count where no other has the variable.
 */
export function containersWithVariable(
  environment: readonly EnvironmentFact[],
  lives: readonly ContainerLife[],
  variable: string,
): string[] {
  const said = environment.filter((each) => each.variable === variable);
  const given = lives.filter(({ variables }) =>
    variables.some((each) => each.variable === variable),
  );
  const known = [...said, ...given].map(({ container }) => container);
  const whole = environment
    .filter((each) => each.variable === null)
    .filter(({ prefix }) => variable.startsWith(prefix))
    .map(({ container }) => container);
  return [...new Set(known.length > 0 ? known : whole)];
}

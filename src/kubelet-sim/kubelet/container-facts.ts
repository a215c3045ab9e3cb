/** What facts say of a container: who it is, and what it was created with. */
import type { Stored } from "../../cluster-sim/ports.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import type { Cause } from "../../kernel/trace.ts";
import type {
  ContainerCreatedFact,
  PinnedFileFact,
  VariableFact,
} from "../facts.ts";
import { provenanceOf, withoutDoubles } from "../node-volumes.ts";
import type { ContainerSpec } from "../pod-spec.ts";
import { specOf } from "../pod-spec.ts";
import type { ContainerConfig } from "../ports.ts";

export function podId({ object }: Stored) {
  const { namespace = "", name, uid } = object.metadata;
  return { namespace, name, uid };
}

/** `namespace/pod`, what most of a node's facts are about. */
export function podName({ object }: Stored): string {
  const { namespace = "", name } = object.metadata;
  return `${namespace}/${name}`;
}

export function isInit({ object }: Stored, container: string): boolean {
  const { initContainers = [] } = specOf(object);
  return initContainers.some(({ name }) => name === container);
}

export function containerSpec(
  { object }: Stored,
  container: string,
): ContainerSpec | undefined {
  const { initContainers = [], containers } = specOf(object);
  return [...initContainers, ...containers].find(
    ({ name }) => name === container,
  );
}

/** Data and causes of `container.created`: the newest content's way here comes before what triggered the creation. */
export function createdFact(
  pod: Stored,
  container: {
    readonly name: string;
    readonly attempt: number;
    readonly init: boolean;
    readonly config: ContainerConfig;
  },
  triggers: readonly Cause[],
): {
  readonly data: ContainerCreatedFact["data"];
  readonly causes: readonly Cause[];
} {
  const { name, attempt, init, config } = container;
  const from = newestContent(config);
  const causes = from === null ? triggers : [from, ...triggers];
  return {
    data: {
      ...podId(pod),
      container: name,
      attempt,
      init,
      variables: variableFacts(config),
      pinned: pinnedFacts(config),
    },
    causes: withoutDoubles(causes),
  };
}

function variableFacts({ env }: ContainerConfig): VariableFact[] {
  return env
    .flatMap(({ name: variable, origin }): VariableFact[] => {
      if (origin === null) return [];
      const { key, source, resourceVersion, content } = origin;
      const { object, version, ordinal, form } = content;
      const provenance = { object, version, ordinal, form };
      return [{ variable, key, ...provenance, source, resourceVersion }];
    })
    .sort((a, b) => byCodeUnit(a.variable, b.variable));
}

function pinnedFacts({ pinned }: ContainerConfig): PinnedFileFact[] {
  return pinned
    .flatMap(({ mountPath: path, volume, file }): PinnedFileFact[] => {
      if (file === null) return [];
      return [{ path, volume, ...provenanceOf(file) }];
    })
    .sort((a, b) => byCodeUnit(a.path, b.path));
}

function newestContent({ env, pinned }: ContainerConfig): Cause | null {
  const contents = [
    ...env.map(({ origin }) => origin?.content),
    ...pinned.map(({ file }) => file?.content),
  ];
  let newest: Cause | null = null;
  for (const content of contents) {
    if (content === undefined) continue;
    if (newest === null || order(content.from) > order(newest))
      newest = content.from;
  }
  return newest;
}

function order(cause: Cause): number {
  return typeof cause === "number" ? cause : cause[0];
}

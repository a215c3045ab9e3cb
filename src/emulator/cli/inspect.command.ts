/** `keyturn inspect FILE --pod POD`: what a container sees at an instant, and which versions are behind it. */
import { bytesToUtf8 } from "../../kernel/bytes.ts";
import { KeyturnError } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { readPodPlace, refuseUnknownContainer } from "../fixture-checks.ts";
import type { PodPlace } from "../fixture-checks.ts";
import type { InspectedContainer } from "../index.ts";
import type { World } from "../world/world.ts";
import type { Choice } from "./chosen-scenario.ts";
import { loadOne } from "./chosen-scenario.ts";
import type { ExitCode } from "./exit-codes.ts";
import { EXIT } from "./exit-codes.ts";
import type { Values } from "./inspect-text.ts";
import { inspectText } from "./inspect-text.ts";
import { instantOf, playedUntil } from "./instant.ts";
import type { TerminalIo } from "./terminal-io.ts";

export interface InspectOptions extends Choice {
  /** `[NAMESPACE/]POD`, or `[NAMESPACE/]deployment/NAME` and its like: the pod that `kubectl exec` picks. */
  readonly pod: string;
  readonly container?: string;
  /** From the scenario's start, or RFC 3339; default: the end. */
  readonly at?: string;
  readonly seed?: number;
  readonly showValues: boolean;
}

export function inspectCommand(
  file: string,
  options: InspectOptions,
  io: TerminalIo,
): ExitCode {
  const scenario = loadOne(file, options);
  const at =
    options.at === undefined
      ? scenario.start + scenario.duration
      : instantOf(options.at, scenario);
  const { container } = options;
  const named = { ...readPodPlace(options.pod, scenario.namespace), container };
  const { world } = playedUntil(scenario, at, { seed: options.seed });
  const place = { ...named, pod: world.podNamed(named.namespace, named.pod) };
  const seen = inspect(world, place);
  // Somebody looks at a terminal; a pipe may end in a log.
  const showValues = io.interactive || options.showValues;
  const values = showValues ? valuesOf(world, place, seen) : null;
  const { width, color } = io;
  io.out(
    inspectText(seen, { start: scenario.start, at, values, width, color }),
  );
  return EXIT.held;
}

function inspect(world: World, place: PodPlace): InspectedContainer {
  const { namespace, pod, container } = place;
  const stored = world.read("Pod", namespace, pod);
  if (stored !== null)
    refuseUnknownContainer(stored.object as unknown as JsonObject, place);
  const seen = world.inspect(namespace, pod, container);
  if (seen !== null) return seen;
  const which = container === undefined ? "none of its containers" : container;
  throw new KeyturnError(
    "NotRunning",
    `Failed to inspect ${namespace}/${pod}: ${which} ${container === undefined ? "runs" : "does not run"} at that time`,
  );
}

function valuesOf(
  world: World,
  { namespace, pod }: PodPlace,
  { container, variables, pinned, files }: InspectedContainer,
): Values {
  const read = (path: string) => {
    const bytes = world.readFile(namespace, pod, path, container);
    return bytes === null ? "" : bytesToUtf8(bytes);
  };
  const paths = [...pinned, ...files].map(({ name }) => name);
  return new Map([
    ...variables.map(
      ({ name }) =>
        [
          name,
          world.readVariable(namespace, pod, name, container) ?? "",
        ] as const,
    ),
    ...paths.map((path) => [path, read(path)] as const),
  ]);
}

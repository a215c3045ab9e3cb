/** Why a name stands for no sink. */
import type { SinkName, Who } from "./names.ts";
import type { PodInstance } from "./pod-history.ts";
import { formatWho } from "./who.ts";

/**
 * `absent`: declared, but never came to exist. `ambiguous` and `unmounted`: the name does not fit the pods that exist.
 * `unrecorded`: the trace does not tell what such a sink holds.
 */
export interface LostSink {
  readonly found: false;
  readonly reason: "absent" | "ambiguous" | "unmounted" | "unrecorded";
  readonly message: string;
}

type FileSink = Extract<SinkName, { kind: "file" }>;
type EnvSink = Extract<SinkName, { kind: "env" }>;

export function lost(reason: LostSink["reason"], message: string): LostSink {
  return { found: false, reason, message };
}

export function noPod(who: Who): LostSink {
  return lost("absent", `no pod ${formatWho(who)} came to exist`);
}

export function ambiguous(
  sink: FileSink | EnvSink,
  what: string,
  containers: readonly string[],
): LostSink {
  return lost(
    "ambiguous",
    `several containers of ${formatWho(sink.who)} have ${what}: ${containers.join(", ")}; name one as ${sink.who.name}@${containers[0]}`,
  );
}

export function noVariable({ who, container, variable }: EnvSink): LostSink {
  const where =
    container === null
      ? `no container of ${formatWho(who)} has`
      : `container ${container} of ${formatWho(who)} does not have`;
  return lost(
    "unmounted",
    `${where} the variable ${variable} from a Secret or ConfigMap`,
  );
}

export function noApp(who: Who): LostSink {
  return lost(
    "unmounted",
    `no container of ${formatWho(who)} has an application (annotation keyturn.dev/app)`,
  );
}

export function notMounted(sink: FileSink, pod: PodInstance): LostSink {
  const paths = pod.mounts
    .filter((mount) => (sink.container ?? mount.container) === mount.container)
    .map((mount) => mount.mountPath);
  const who = `${pod.namespace}/${pod.name}`;
  const container =
    sink.container === null
      ? `no container of ${who}`
      : `container ${sink.container} of ${who}`;
  const mounted = paths.length === 0 ? "no volume" : paths.join(", ");
  return lost(
    "unmounted",
    sink.container === null
      ? `${container} has ${sink.path}: mounted are ${mounted}`
      : `${container} does not have ${sink.path}: it mounts ${mounted}`,
  );
}

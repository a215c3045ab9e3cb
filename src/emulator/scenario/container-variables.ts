/** Which container of a pod has an environment variable that comes from a Secret or ConfigMap. */
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { didYouMean, listNames } from "../profiles/input/nearest-name.ts";
import type { SinkName } from "../trace/names.ts";
import type { NameProblem } from "./container-paths.ts";
import {
  containerNames,
  containersOf,
  noSuchContainer,
  whoName,
  whoText,
} from "./container-paths.ts";
import type { Declared } from "./declared.ts";
import { listAt, valueAt, wordAt } from "./load-context.ts";

type EnvSink = Extract<SinkName, { kind: "env" }>;

interface Variable {
  readonly container: string;
  readonly name: string;
  /** Whether a Secret or ConfigMap gives its value: a literal is no sink. */
  readonly fromObject: boolean;
}

/** Null when the variable can be there; else what is wrong and what to write. */
export function envSinkProblem(
  sink: EnvSink,
  declared: Declared,
): NameProblem | null {
  const { who, container, variable } = sink;
  const { namespace } = who;
  const of = whoText(who);
  const pods = declared.podsOf(who);
  const names = [...new Set(pods.flatMap(containerNames))];
  if (container !== null && !names.includes(container))
    return noSuchContainer(of, container, names);
  const variables = pods
    .flatMap((object) => variablesOf(object, namespace, declared))
    .filter((each) => container === null || each.container === container);
  const found = variables.filter(({ name }) => name === variable);
  if (found.length === 0) {
    const known = [...new Set(variables.map(({ name }) => name))];
    return {
      message: `no container of ${of} has a variable "${variable}"${didYouMean(variable, known)}`,
      fix: `its variables: ${listNames(known, "none")}`,
    };
  }
  if (found.every(({ fromObject }) => !fromObject))
    return {
      message: `the variable "${variable}" of ${of} comes from no Secret or ConfigMap: its value never changes`,
      fix: "name a variable with a secretKeyRef, a configMapKeyRef or from envFrom",
    };
  const holders = [...new Set(found.map((each) => each.container))];
  return holders.length === 1
    ? null
    : {
        message: `${holders.length} containers of ${of} have the variable "${variable}": ${listNames(holders, "none")}`,
        fix: `name one, like ${whoName(who)}@${holders[0]}:${variable}`,
      };
}

function variablesOf(
  pod: JsonObject,
  namespace: string,
  declared: Declared,
): Variable[] {
  return containersOf(pod).flatMap((container) => {
    const of = (name: string, fromObject: boolean) => ({
      container: wordAt(container, "name"),
      name,
      fromObject,
    });
    const own = listAt(container, "env").map((env) =>
      of(wordAt(env, "name"), isFromObject(env)),
    );
    const sourced = listAt(container, "envFrom").flatMap((source) => {
      const prefix = wordAt(source, "prefix");
      return keysOf(source, namespace, declared).map((key) =>
        of(prefix + key, true),
      );
    });
    return [...own, ...sourced];
  });
}

function isFromObject(env: JsonValue): boolean {
  return ["secretKeyRef", "configMapKeyRef"].some(
    (ref) => valueAt(env, "valueFrom", ref) !== undefined,
  );
}

/** The keys that `envFrom` takes from its object. */
function keysOf(
  source: JsonValue,
  namespace: string,
  declared: Declared,
): string[] {
  const secret = wordAt(source, "secretRef", "name");
  if (secret !== "") return declared.secretKeys(namespace, secret);
  const configMap = wordAt(source, "configMapRef", "name");
  return configMap === ""
    ? []
    : declared.configMapKeys(namespace, configMap, ["data"]);
}

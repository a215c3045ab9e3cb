/**
 * Which pod a name that is no pod's own means: `deployment/web` as `kubectl exec` takes it, and the N-th of `kubectl get
 * pods`, as scripts take the first of the list.
 *
 * Source: kubernetes/kubectl v0.36 pkg/polymorphichelpers/attachablepodforobject.go, helpers.go (GetFirstPod),
 * pkg/util/podutils/podutils.go (ActivePods); kubernetes/client-go v0.36 util/jsonpath/jsonpath.go (evalArray)
 * Simplification: `kubectl exec deployment/NAME` of a workload without any pod fails at once; the real one waits a minute for a pod to appear.
 */
import type { ApiServer } from "../../cluster-sim/index.ts";
import type { ApiObject } from "../../cluster-sim/ports.ts";
import type { JsonObject, JsonValue } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";

export type PodChoice =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly error: string };

/** Kinds whose pods `exec` and `kill` find. */
const WORKLOAD_KINDS: Readonly<Record<string, string>> = {
  deployment: "Deployment",
  statefulset: "StatefulSet",
  daemonset: "DaemonSet",
};

const WORKLOAD = /^(deployment|statefulset|daemonset)\/(.+)$/;
const OF_THE_LIST = /^\{\.items\[(\d+)\]\.metadata\.name\}$/;

/** A pod as commands name it. */
export interface NamedPod {
  readonly namespace: string;
  /** A pod's name, `deployment/NAME` and its like, or `{.items[N].metadata.name}`. */
  readonly pod: string;
  /** Of `{.items[N]…}`: `-l` of `kubectl get pods`. */
  readonly selector?: string;
}

/** The name of the pod that is meant now; refused in kubectl's words. */
export function choosePod(apiServer: ApiServer, named: NamedPod): PodChoice {
  const listed = OF_THE_LIST.exec(named.pod);
  if (listed !== null) return nthPod(apiServer, named, Number(listed[1]));
  const [, word, name] = WORKLOAD.exec(named.pod) ?? [];
  if (word === undefined || name === undefined)
    return { ok: true, name: named.pod };
  const { namespace } = named;
  return firstPodOf(apiServer, WORKLOAD_KINDS[word]!, { namespace, name });
}

/** Of pods in the order of their names, those on their way out and those that have ended among them. */
function nthPod(apiServer: ApiServer, named: NamedPod, n: number): PodChoice {
  const pods = podsOf(apiServer, named.namespace, named.selector);
  if (!pods.ok) return pods;
  const pod = pods.items[n];
  return pod === undefined
    ? {
        ok: false,
        error: `error executing jsonpath "${named.pod}": Error executing template: array index out of bounds: index ${n}, length ${pods.items.length}`,
      }
    : { ok: true, name: pod.metadata.name };
}

function firstPodOf(
  apiServer: ApiServer,
  kind: string,
  at: { readonly namespace: string; readonly name: string },
): PodChoice {
  const answer = apiServer.get(kind, at.namespace, at.name, "kubectl");
  if (!answer.ok) return { ok: false, error: answer.error.message };
  if (!("stored" in answer)) return { ok: true, name: "" };
  const { selector } = (answer.stored.object["spec"] ?? {}) as JsonObject;
  const pods = podsOf(apiServer, at.namespace, selectorText(selector));
  if (!pods.ok) return pods;
  const [best] = [...pods.items].sort((a, b) => byActivity(b, a));
  return best === undefined
    ? { ok: false, error: "timed out waiting for the condition" }
    : { ok: true, name: best.metadata.name };
}

type Pods =
  | { readonly ok: true; readonly items: readonly ApiObject[] }
  | { readonly ok: false; readonly error: string };

function podsOf(
  apiServer: ApiServer,
  namespace: string,
  labelSelector: string | undefined,
): Pods {
  const answer = apiServer.request(
    {
      verb: "list",
      kind: "Pod",
      namespace,
      ...(labelSelector === undefined ? {} : { labelSelector }),
    },
    "kubectl",
  );
  if (!answer.ok) return { ok: false, error: answer.error.message };
  const items = "items" in answer ? answer.items : [];
  return { ok: true, items: items.map(({ object }) => object) };
}

/** A LabelSelector as text. */
function selectorText(selector: JsonValue | undefined): string {
  const { matchLabels = {}, matchExpressions = [] } = (
    isJsonObject(selector) ? selector : {}
  ) as {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly {
      readonly key: string;
      readonly operator: string;
      readonly values?: readonly string[];
    }[];
  };
  const labels = Object.entries(matchLabels).map(([k, v]) => `${k}=${v}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    switch (operator) {
      case "Exists":
        return key;
      case "DoesNotExist":
        return `!${key}`;
      default: {
        const word = operator === "In" ? "in" : "notin";
        return `${key} ${word} (${values.join(",")})`;
      }
    }
  });
  return [...labels, ...expressions].join(",");
}

interface PodMerits {
  readonly assigned: boolean;
  /** Pending (and ended) 0, Unknown 1, Running 2. */
  readonly phase: number;
  readonly ready: boolean;
  /** RFC 3339 in whole seconds, as are all instants here; empty: never. */
  readonly readySince: string;
  readonly deletedAt: string;
  readonly restarts: number;
  readonly createdAt: string;
}

const PHASES: Readonly<Record<string, number>> = { Unknown: 1, Running: 2 };

function meritsOf(pod: ApiObject): PodMerits {
  const { nodeName } = (pod["spec"] ?? {}) as { readonly nodeName?: string };
  const {
    phase = "",
    conditions = [],
    containerStatuses = [],
  } = (pod["status"] ?? {}) as {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly containerStatuses?: readonly { readonly restartCount?: number }[];
  };
  const ready = conditions.find(
    ({ type, status }) => type === "Ready" && status === "True",
  );
  const restarts = containerStatuses.map((each) => each.restartCount ?? 0);
  return {
    assigned: nodeName !== undefined && nodeName !== "",
    phase: PHASES[phase] ?? 0,
    ready: ready !== undefined,
    readySince: ready?.lastTransitionTime ?? "",
    deletedAt: pod.metadata.deletionTimestamp ?? "",
    restarts: Math.max(0, ...restarts),
    createdAt: pod.metadata.creationTimestamp,
  };
}

/** Below zero when `a` is the pod to give up first. */
function byActivity(a: ApiObject, b: ApiObject): number {
  const [x, y] = [meritsOf(a), meritsOf(b)];
  const deleting = (merits: PodMerits) => merits.deletedAt !== "";
  if (x.assigned !== y.assigned) return x.assigned ? 1 : -1;
  if (x.phase !== y.phase) return x.phase - y.phase;
  if (x.ready !== y.ready) return x.ready ? 1 : -1;
  if (deleting(x) !== deleting(y)) return deleting(x) ? -1 : 1;
  if (x.deletedAt !== y.deletedAt) return x.deletedAt < y.deletedAt ? -1 : 1;
  if (x.ready && x.readySince !== y.readySince)
    return laterFirst(x.readySince, y.readySince);
  if (x.restarts !== y.restarts) return y.restarts - x.restarts;
  return laterFirst(x.createdAt, y.createdAt);
}

function laterFirst(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? -1 : 1;
  return a > b ? -1 : 1;
}

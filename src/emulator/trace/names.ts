/** How users name places where a consumer can read a value, resolved: namespaces filled in. */

/** A pod by its own name, or all pods of a workload. */
export interface Who {
  readonly kind: "pod" | "deployment" | "daemonset" | "statefulset";
  readonly namespace: string;
  readonly name: string;
}

export type SinkName =
  | {
      readonly kind: "file";
      readonly who: Who;
      /** Null: the only container that has the path. */
      readonly container: string | null;
      /** Absolute, inside the container. */
      readonly path: string;
    }
  | {
      readonly kind: "env";
      readonly who: Who;
      readonly container: string | null;
      readonly variable: string;
    }
  | {
      readonly kind: "secret";
      readonly namespace: string;
      readonly secret: string;
      readonly key: string;
    }
  | { readonly kind: "webhook"; readonly subscription: string }
  | { readonly kind: "app"; readonly who: Who }
  /** What the end of a lane holds. */
  | { readonly kind: "lane"; readonly lane: string };

/** The spelling of the scenario format, with the namespace left out where it is `namespace`. */
export function formatSink(sink: SinkName, namespace: string): string {
  const who = (w: Who) => {
    const scope = w.namespace === namespace ? "" : `${w.namespace}/`;
    return w.kind === "pod" ? scope + w.name : `${scope}${w.kind}/${w.name}`;
  };
  const container = (c: string | null) => (c === null ? "" : `@${c}`);
  switch (sink.kind) {
    case "file":
      return `${who(sink.who)}${container(sink.container)}:${sink.path}`;
    case "env":
      return `${who(sink.who)}${container(sink.container)}:${sink.variable}`;
    case "secret":
      return `${sink.namespace === namespace ? "" : `${sink.namespace}/`}${sink.secret}/${sink.key}`;
    case "webhook":
      return sink.subscription;
    case "app":
      return who(sink.who);
    case "lane":
      return sink.lane;
  }
}

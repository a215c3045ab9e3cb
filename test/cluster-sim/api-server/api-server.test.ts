import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { ApiReply, ApiRequest } from "../../../src/cluster-sim/ports.ts";
import {
  LATENCY_MS,
  START,
  aCluster,
  aPod,
  aPodStatus,
  aSecret,
  messageOf,
  storedOf,
} from "../support.ts";

const named = (kind: string, name: string) =>
  ({ kind, namespace: "default", name }) as const;

function names(reply: ApiReply): string[] {
  if (!reply.ok || !("items" in reply)) throw new Error("expected a list");
  return reply.items.map(({ object }) => {
    const { namespace, name } = object.metadata;
    return `${namespace}/${name}`;
  });
}

describe("the API server", () => {
  it("starts with four namespaces, each with its default ServiceAccount", () => {
    const { server } = aCluster();
    for (const name of [
      "default",
      "kube-system",
      "kube-public",
      "kube-node-lease",
    ]) {
      expect(server.read("Namespace", "", name)).not.toBeNull();
      expect(server.read("ServiceAccount", name, "default")).not.toBeNull();
    }
  });

  it("replies after the round trip and not a millisecond before", () => {
    const { sim, client, listener } = aCluster();
    const to = { target: listener.name, tag: { n: 1 } };
    sim.command(() =>
      client.call({ verb: "get", ...named("Pod", "none") }, to),
    );
    const sent = sim.now;
    sim.runUntil(sent + LATENCY_MS - 1);
    expect(listener.received).toEqual([]);
    sim.runUntil(sent + LATENCY_MS);
    expect(listener.received).toMatchObject([
      { at: sent + LATENCY_MS, event: { type: "reply", tag: { n: 1 } } },
    ]);
  });

  it("gives uid, version, generation, time and defaults to a new pod", () => {
    const { ask, sim } = aCluster();
    const { object } = storedOf(ask({ verb: "create", object: aPod() }));
    expect(sim.now).toBeLessThan(START + 1000);
    expect(object).toMatchObject({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "web",
        namespace: "default",
        generation: 1,
        creationTimestamp: "2024-04-29T09:00:00Z",
      },
      spec: {
        restartPolicy: "Always",
        serviceAccountName: "default",
        terminationGracePeriodSeconds: 30,
        containers: [{ name: "main", imagePullPolicy: "IfNotPresent" }],
      },
      status: { phase: "Pending" },
    });
    expect(object.metadata.uid).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("makes a volume without a source an emptyDir, as upstream does", () => {
    const { ask } = aCluster();
    const object = aPod("web", { volumes: [{ name: "v" }] });
    const stored = storedOf(ask({ verb: "create", object }));
    expect(stored.object["spec"]).toMatchObject({
      volumes: [{ name: "v", emptyDir: {} }],
    });
  });

  it("gives a recreated object another uid, the same in every run of the seed", () => {
    const uids = [1, 2].map(() => {
      const { ask } = aCluster({ seed: 5 });
      const first = storedOf(ask({ verb: "create", object: aSecret() }));
      ask({ verb: "delete", ...named("Secret", "app") });
      const second = storedOf(ask({ verb: "create", object: aSecret() }));
      return [first.object.metadata.uid, second.object.metadata.uid];
    });
    expect(uids[0]![0]).not.toBe(uids[0]![1]);
    expect(uids[0]).toEqual(uids[1]);
  });

  it("draws an object's uid without regard to other objects", () => {
    const alone = aCluster();
    const crowded = aCluster();
    crowded.ask({ verb: "create", object: aPod("other") });
    const uid = (cluster: typeof alone): string =>
      storedOf(cluster.ask({ verb: "create", object: aPod() })).object.metadata
        .uid;
    expect(uid(crowded)).toBe(uid(alone));
  });

  it("generates a name of five characters", () => {
    const { ask } = aCluster();
    const object = { ...aPod(), metadata: { generateName: "web-" } };
    const one = storedOf(ask({ verb: "create", object })).object.metadata.name;
    const two = storedOf(ask({ verb: "create", object })).object.metadata.name;
    expect(one).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(two).not.toBe(one);
  });

  it("lists by namespace and name, as etcd does", () => {
    const { ask, apply } = aCluster();
    for (const [namespace, name] of [
      ["b", "x"],
      ["a", "z"],
      ["a", "y"],
      ["a-b", "x"],
    ] as const)
      apply({ ...aSecret(), metadata: { name, namespace } });
    expect(names(ask({ verb: "list", kind: "Secret" }))).toEqual([
      "a-b/x",
      "a/y",
      "a/z",
      "b/x",
    ]);
    expect(
      names(ask({ verb: "list", kind: "Secret", namespace: "a" })),
    ).toEqual(["a/y", "a/z"]);
  });

  it("lists by label and field", () => {
    const { ask } = aCluster();
    ask({ verb: "create", object: aPod("a", { nodeName: "node-0" }) });
    ask({ verb: "create", object: aPod("b", {}, { labels: { app: "x" } }) });
    const list = (selection: object) =>
      names(ask({ verb: "list", kind: "Pod", ...selection }));
    expect(list({ fieldSelector: "spec.nodeName=node-0" })).toEqual([
      "default/a",
    ]);
    expect(list({ labelSelector: "app" })).toEqual(["default/b"]);
    const one = { namespace: "default", fieldSelector: "metadata.name=b" };
    expect(list(one)).toEqual(["default/b"]);
    expect(list({ ...one, labelSelector: "app=y" })).toEqual([]);
    expect(
      messageOf(ask({ verb: "list", kind: "Pod", fieldSelector: "spec.x=1" })),
    ).toBe("field label not supported: spec.x");
  });

  const SPC_STATUS = "SecretProviderClassPodStatus";
  it.each<[string, ApiRequest[], number, string, string]>([
    [
      "a missing pod",
      [{ verb: "get", ...named("Pod", "x") }],
      404,
      "NotFound",
      'pods "x" not found',
    ],
    [
      "a missing custom resource",
      [{ verb: "get", ...named(SPC_STATUS, "x") }],
      404,
      "NotFound",
      'secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io "x" not found',
    ],
    [
      "a second object of a name",
      [
        { verb: "create", object: aSecret("x") },
        { verb: "create", object: aSecret("x") },
      ],
      409,
      "AlreadyExists",
      'secrets "x" already exists',
    ],
    [
      "an update of an old version",
      [
        { verb: "create", object: aSecret("x") },
        {
          verb: "update",
          object: {
            ...aSecret("x", { stringData: { a: "b" } }),
            metadata: {
              name: "x",
              namespace: "default",
              resourceVersion: "1",
            },
          },
        },
      ],
      409,
      "Conflict",
      'Operation cannot be fulfilled on secrets "x": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      "a patch of a replaced object",
      [
        { verb: "create", object: aSecret("x") },
        {
          verb: "patch",
          ...named("Secret", "x"),
          patch: { metadata: { uid: "old" } },
        },
      ],
      409,
      "Conflict",
      expect.stringMatching(
        /^Operation cannot be fulfilled on secrets "x": Precondition failed: UID in precondition: old, UID in object meta: /,
      ),
    ],
    [
      "a deletion of a replaced object",
      [
        { verb: "create", object: aSecret("x") },
        { verb: "delete", ...named("Secret", "x"), uid: "old" },
      ],
      409,
      "Conflict",
      expect.stringMatching(
        /^Operation cannot be fulfilled on secrets "x": the UID in the precondition \(old\) does not match the UID in record \(/,
      ),
    ],
    [
      "an update of a custom resource without a version",
      [
        { verb: "create", object: aPodStatus("x") },
        { verb: "update", object: aPodStatus("x") },
      ],
      422,
      "Invalid",
      'SecretProviderClassPodStatus.secrets-store.csi.x-k8s.io "x" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    ],
    [
      "an invalid pod",
      [{ verb: "create", object: aPod("x", { containers: [] }) }],
      422,
      "Invalid",
      'Pod "x" is invalid: spec.containers: Required value',
    ],
    [
      "a pod with two mistakes",
      [
        {
          verb: "create",
          object: aPod("x", { containers: [{ name: "a.b" }] }),
        },
      ],
      422,
      "Invalid",
      'Pod "x" is invalid: [spec.containers[0].name: Invalid value: "a.b": must not contain dots, spec.containers[0].image: Required value]',
    ],
    [
      "an unknown field",
      [{ verb: "create", object: { ...aPod("x"), spek: {} } }],
      400,
      "BadRequest",
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spek"',
    ],
    [
      "a wrong type",
      [{ verb: "create", object: aPod("x", { nodeName: 1 }) }],
      400,
      "BadRequest",
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field PodSpec.spec.nodeName of type string',
    ],
    [
      "a missing namespace",
      [
        {
          verb: "create",
          object: { ...aSecret(), metadata: { name: "x", namespace: "nope" } },
        },
      ],
      404,
      "NotFound",
      'namespaces "nope" not found',
    ],
    [
      "a missing service account",
      [{ verb: "create", object: aPod("x", { serviceAccountName: "sa" }) }],
      403,
      "Forbidden",
      'pods "x" is forbidden: error looking up service account default/sa: serviceaccount "sa" not found',
    ],
    [
      "an unknown kind",
      [
        {
          verb: "create",
          object: { apiVersion: "x/v1", kind: "Widget", metadata: {} },
        },
      ],
      404,
      "NotFound",
      'no matches for kind "Widget" in version "x/v1"',
    ],
    [
      "status of a kind without the subresource",
      [
        { verb: "create", object: aPodStatus("x") },
        { verb: "patchStatus", ...named(SPC_STATUS, "x"), patch: {} },
      ],
      404,
      "NotFound",
      "the server could not find the requested resource",
    ],
    [
      "the deletion of a namespace",
      [{ verb: "delete", kind: "Namespace", namespace: "", name: "default" }],
      501,
      "NotModelled",
      "deleting a Namespace is not modelled in this version of Keyturn",
    ],
    [
      "a create that names a version",
      [
        {
          verb: "create",
          object: {
            ...aSecret(),
            metadata: { name: "x", resourceVersion: "3" },
          },
        },
      ],
      500,
      "",
      "resourceVersion should not be set on objects to be created",
    ],
  ])("refuses %s", (_, requests, code, reason, message) => {
    const { ask } = aCluster();
    const replies = requests.map((request) => ask(request));
    expect(replies.slice(0, -1).every((reply) => reply.ok)).toBe(true);
    expect(replies.at(-1)).toEqual({
      ok: false,
      error: { code, reason, message },
    });
  });

  it("does not ask for the service account when told so", () => {
    const { ask } = aCluster({ checkServiceAccounts: false });
    const object = aPod("x", { serviceAccountName: "sa" });
    expect(ask({ verb: "create", object }).ok).toBe(true);
  });

  it("changes nothing and tells nobody when a write changes nothing", () => {
    const { ask, facts, server } = aCluster();
    const object = aPodStatus();
    const created = storedOf(ask({ verb: "create", object }));
    facts.length = 0;
    const metadata = {
      ...(object["metadata"] as JsonObject),
      resourceVersion: created.object.metadata.resourceVersion,
    };
    const update = { ...object, metadata };
    expect(storedOf(ask({ verb: "update", object: update }))).toBe(created);
    expect(
      storedOf(
        ask({
          verb: "patch",
          ...named(SPC_STATUS, "web-default-spc"),
          patch: { status: { mounted: true }, metadata: { labels: null } },
        }),
      ),
    ).toBe(created);
    expect(facts).toEqual([]);
    expect(server.read(SPC_STATUS, "default", "web-default-spc")).toBe(created);
  });

  it("raises the generation of a pod for its spec only", () => {
    const { ask } = aCluster();
    ask({ verb: "create", object: aPod() });
    const patch = (verb: "patch" | "patchStatus", body: JsonObject): number =>
      storedOf(ask({ verb, ...named("Pod", "web"), patch: body })).object
        .metadata.generation;
    expect(patch("patch", { metadata: { labels: { a: "b" } } })).toBe(1);
    expect(patch("patchStatus", { status: { phase: "Running" } })).toBe(1);
    expect(patch("patch", { spec: { nodeName: "node-0" } })).toBe(2);
  });

  it("raises the generation of a custom resource for all but its metadata", () => {
    const { ask } = aCluster();
    ask({ verb: "create", object: aPodStatus() });
    const key = named(SPC_STATUS, "web-default-spc");
    const patch = (body: JsonObject): number =>
      storedOf(ask({ verb: "patch", ...key, patch: body })).object.metadata
        .generation;
    expect(patch({ metadata: { labels: { a: "b" } } })).toBe(1);
    expect(patch({ status: { mounted: false } })).toBe(2);
  });

  it("keeps status and the rest apart", () => {
    const { ask } = aCluster();
    const object = { ...aPod(), status: { phase: "Running" } };
    const created = storedOf(ask({ verb: "create", object }));
    expect(created.object["status"]).toEqual({ phase: "Pending" });
    const main = storedOf(
      ask({
        verb: "patch",
        ...named("Pod", "web"),
        patch: {
          metadata: { labels: { a: "b" } },
          status: { phase: "Failed" },
        },
      }),
    );
    expect(main.object["status"]).toEqual({ phase: "Pending" });
    const status = storedOf(
      ask({
        verb: "patchStatus",
        ...named("Pod", "web"),
        patch: {
          metadata: { labels: { a: "c" } },
          status: { phase: "Running" },
        },
      }),
    );
    expect(status.object["status"]).toEqual({ phase: "Running" });
    expect(status.object.metadata.labels).toEqual({ a: "b" });
  });

  it("lets a client change neither uid nor times nor generation", () => {
    const { ask } = aCluster();
    const created = storedOf(ask({ verb: "create", object: aPod() })).object;
    const patch = {
      metadata: {
        generation: 9,
        creationTimestamp: "2000-01-01T00:00:00Z",
        deletionTimestamp: "2000-01-01T00:00:00Z",
        annotations: { a: "b" },
      },
    };
    const key = named("Pod", "web");
    const { object } = storedOf(ask({ verb: "patch", ...key, patch }));
    const { resourceVersion: _, ...before } = created.metadata;
    const { resourceVersion: __, ...after } = object.metadata;
    expect(after).toEqual({ ...before, annotations: { a: "b" } });
  });

  it("binds a pod with its condition in one write, and only once", () => {
    const { ask, facts } = aCluster();
    ask({ verb: "create", object: aPod() });
    facts.length = 0;
    const bind = (nodeName: string): ApiReply =>
      ask({
        verb: "patch",
        ...named("Pod", "web"),
        patch: { spec: { nodeName } },
      });
    const { object } = storedOf(bind("node-0"));
    expect(object["status"]).toMatchObject({
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "True" }],
    });
    expect(facts).toHaveLength(1);
    expect(messageOf(bind("node-1"))).toMatch(
      /^Pod "web" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`/,
    );
  });

  it("lets an image change but not an environment", () => {
    const { ask } = aCluster();
    ask({ verb: "create", object: aPod() });
    const patch = (body: JsonObject): ApiReply =>
      ask({
        verb: "patch",
        ...named("Pod", "web"),
        patch: { spec: { containers: [{ name: "main", ...body }] } },
      });
    expect(patch({ image: "busybox:1.37" }).ok).toBe(true);
    expect(
      messageOf(
        patch({ image: "busybox:1.37", env: [{ name: "A", value: "b" }] }),
      ),
    ).toContain("spec: Forbidden: pod updates may not change fields");
  });

  it("merges stringData into data", () => {
    const { ask } = aCluster();
    const body = { data: { a: "b2xk", b: "Yg==" }, stringData: { a: "new" } };
    const { object } = storedOf(
      ask({ verb: "create", object: aSecret("app", body) }),
    );
    expect(object["data"]).toEqual({ a: "bmV3", b: "Yg==" });
    expect(object["type"]).toBe("Opaque");
    expect(object).not.toHaveProperty("stringData");
  });

  it("puts no value of a Secret into a refusal", () => {
    const { ask } = aCluster();
    const replies = [
      aSecret("a", { data: { k: "c2VjcmV0LXZhbHVl!" } }),
      aSecret("a", { stringData: { "bad key": "secret-value" } }),
      aSecret("a", {
        type: "kubernetes.io/dockercfg",
        stringData: { ".dockercfg": "secret-value" },
      }),
    ].map((object) => ask({ verb: "create", object }));
    expect(replies.every((reply) => !reply.ok)).toBe(true);
    const text = JSON.stringify(replies);
    expect(text).not.toMatch(/secret-value|c2VjcmV0LXZhbHVl/);
  });
});

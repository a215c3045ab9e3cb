import { describe, expect, it } from "vitest";
import { lineageName } from "../../../src/cluster-sim/client/index.ts";
import type { ApiReply, Lineage } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import type { Cluster } from "../support.ts";
import {
  aCluster,
  aCronJob,
  aJob,
  aPod,
  aTemplate,
  aWorkload,
  messageOf,
  storedOf,
} from "../support.ts";

const specOf = (reply: ApiReply): JsonObject =>
  storedOf(reply).object["spec"] as JsonObject;

const WEB: Lineage = { workload: "default/deployment/web", ordinal: 2 };

function anOrdinal(cluster: Cluster, hash: string, lineage = WEB): ApiReply {
  const metadata = { namespace: "default", generateName: `web-${hash}-` };
  const object = { ...aPod(), metadata };
  return cluster.ask({ verb: "create", object, lineage });
}

describe("a stored workload", () => {
  it("has upstream's defaults: a Deployment", () => {
    const { apply } = aCluster();
    const reply = apply(aWorkload("Deployment"));
    expect(specOf(reply)).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
      },
    });
    const { object } = storedOf(reply);
    expect(object["status"]).toEqual({});
    expect(object.metadata.generation).toBe(1);
  });

  it("has a template with a pod's defaults but no service account of its own", () => {
    const { apply } = aCluster();
    const { template } = specOf(apply(aWorkload("Deployment")));
    const { spec } = template as { readonly spec: JsonObject };
    expect(spec).toMatchObject({
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      containers: [{ imagePullPolicy: "IfNotPresent" }],
    });
    expect("serviceAccountName" in spec).toBe(false);
    const named = aTemplate({ serviceAccountName: "sa" });
    expect(
      specOf(apply(aWorkload("DaemonSet", { template: named }))),
    ).toMatchObject({
      template: { spec: { serviceAccountName: "sa", serviceAccount: "sa" } },
    });
  });

  it("has upstream's defaults: StatefulSet, DaemonSet, ReplicaSet", () => {
    const { apply } = aCluster();
    const set = apply(aWorkload("StatefulSet"));
    expect(specOf(set)).toMatchObject({
      podManagementPolicy: "OrderedReady",
      updateStrategy: {
        type: "RollingUpdate",
        rollingUpdate: { partition: 0 },
      },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" },
    });
    expect(storedOf(set).object["status"]).toEqual({
      replicas: 0,
      availableReplicas: 0,
    });
    expect(specOf(apply(aWorkload("DaemonSet")))).toMatchObject({
      revisionHistoryLimit: 10,
      updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
    const replicas = apply(aWorkload("ReplicaSet"));
    expect(specOf(replicas)).toMatchObject({ replicas: 1 });
    expect(storedOf(replicas).object["status"]).toEqual({ replicas: 0 });
  });

  it("has upstream's defaults: CronJob", () => {
    const { apply } = aCluster();
    expect(specOf(apply(aCronJob()))).toMatchObject({
      concurrencyPolicy: "Allow",
      failedJobsHistoryLimit: 1,
      successfulJobsHistoryLimit: 3,
      suspend: false,
      jobTemplate: {
        spec: { template: { spec: { dnsPolicy: "ClusterFirst" } } },
      },
    });
  });

  it("selects a Job's pods by its uid and labels them with its name", () => {
    const { apply } = aCluster();
    const reply = apply(aJob());
    const { object } = storedOf(reply);
    const { uid } = object.metadata;
    const labels = {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": "report",
      "controller-uid": uid,
      "job-name": "report",
    };
    expect(specOf(reply)).toMatchObject({
      backoffLimit: 6,
      completions: 1,
      parallelism: 1,
      completionMode: "NonIndexed",
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { metadata: { labels } },
    });
    expect(object.metadata.labels).toEqual(labels);
    expect(storedOf(apply(aJob())).object).toBe(object);
  });

  it("leaves completions open when only parallelism is said", () => {
    const { apply } = aCluster();
    const spec = specOf(apply(aJob({ parallelism: 2 })));
    expect([spec["parallelism"], spec["completions"]]).toEqual([2, undefined]);
  });

  it("reads the noise of kubectl's clients as nothing", () => {
    const { apply, ask } = aCluster();
    const first = storedOf(apply(aWorkload("Deployment")));
    const object = aWorkload(
      "Deployment",
      {
        strategy: {},
        template: aTemplate(
          {
            containers: [
              { name: "main", image: "busybox:1.36", resources: {}, env: [] },
            ],
          },
          { creationTimestamp: null, annotations: {} },
        ),
      },
      { annotations: first.object.metadata.annotations as JsonObject },
    );
    const reply = ask({ verb: "update", object: { ...object, status: {} } });
    expect(storedOf(reply)).toBe(first);
  });

  it.each<["Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet", number]>([
    ["Deployment", 2],
    ["ReplicaSet", 1],
    ["DaemonSet", 1],
    ["StatefulSet", 1],
  ])(
    "of kind %s has generation %d after a new annotation",
    (kind, generation) => {
      const { apply, ask } = aCluster();
      apply(aWorkload(kind));
      const patch = { metadata: { annotations: { a: "1" } } };
      const at = { kind, namespace: "default", name: "web" };
      const reply = ask({ verb: "patch", ...at, patch });
      expect(storedOf(reply).object.metadata.generation).toBe(generation);
    },
  );

  it("takes annotations, not labels, with the status of a Deployment", () => {
    const { apply, ask } = aCluster();
    const { object } = storedOf(apply(aWorkload("Deployment")));
    const metadata = {
      name: "web",
      namespace: "default",
      labels: { x: "1" },
      annotations: { "deployment.kubernetes.io/revision": "1" },
    };
    const { apiVersion, kind } = object;
    const written = { apiVersion, kind, metadata, status: { replicas: 1 } };
    const after = storedOf(ask({ verb: "updateStatus", object: written }));
    expect(after.object.metadata).toMatchObject({
      generation: 1,
      annotations: metadata.annotations,
    });
    expect(after.object.metadata.labels).toBeUndefined();
    const again = {
      ...written,
      metadata: { name: "web", namespace: "default" },
    };
    const kept = storedOf(ask({ verb: "updateStatus", object: again }));
    expect(kept.object.metadata.annotations).toEqual(metadata.annotations);
  });

  it.each<["Deployment" | "ReplicaSet" | "DaemonSet"]>([
    ["Deployment"],
    ["ReplicaSet"],
    ["DaemonSet"],
  ])("of kind %s keeps its selector", (kind) => {
    const { apply } = aCluster();
    apply(aWorkload(kind));
    const labels = { app: "web", tier: "x" };
    const changed = aWorkload(kind, {
      selector: { matchLabels: labels },
      template: aTemplate({}, { labels }),
    });
    expect(messageOf(apply(changed))).toBe(
      `${kind}.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable`,
    );
  });

  it("names everything that is wrong with a change", () => {
    const { apply } = aCluster();
    apply(aWorkload("Deployment"));
    const selector = { matchLabels: { app: "api" } };
    expect(messageOf(apply(aWorkload("Deployment", { selector })))).toBe(
      'Deployment.apps "web" is invalid: [spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`, spec.selector: Invalid value: {"matchLabels":{"app":"api"}}: field is immutable]',
    );
  });

  it("lets a StatefulSet change what it may and nothing else", () => {
    const { apply } = aCluster();
    apply(aWorkload("StatefulSet"));
    expect(apply(aWorkload("StatefulSet", { replicas: 3 })).ok).toBe(true);
    expect(
      messageOf(apply(aWorkload("StatefulSet", { serviceName: "s" }))),
    ).toBe(
      "StatefulSet.apps \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    );
  });

  it("lets a Job change its parallelism, not its template or completions", () => {
    const { apply } = aCluster();
    apply(aJob());
    expect(apply(aJob({ parallelism: 3, completions: 1 })).ok).toBe(true);
    expect(messageOf(apply(aJob({ completions: 2 })))).toBe(
      'Job.batch "report" is invalid: spec.completions: Invalid value: 2: field is immutable',
    );
    const template = aTemplate({ restartPolicy: "OnFailure" });
    expect(messageOf(apply(aJob({ template })))).toMatch(
      /^Job\.batch "report" is invalid: spec\.template: Invalid value: .*: field is immutable$/,
    );
  });

  it("is found by the fields that upstream has", () => {
    const { apply, ask } = aCluster();
    apply(aWorkload("ReplicaSet"));
    apply(aJob());
    const count = (kind: string, fieldSelector: string): number => {
      const reply = ask({ verb: "list", kind, fieldSelector });
      return reply.ok && "items" in reply ? reply.items.length : -1;
    };
    expect(count("ReplicaSet", "status.replicas=0")).toBe(1);
    expect(count("Job", "status.successful=0")).toBe(1);
    expect(count("Job", "status.successful!=0")).toBe(0);
    const unknown = { verb: "list", kind: "Deployment" } as const;
    expect(
      messageOf(ask({ ...unknown, fieldSelector: "status.replicas=0" })),
    ).toBe(
      '"status.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });
});

describe("a lineage", () => {
  it("draws name and uid, whatever the hash of the template", () => {
    const [one, twin] = ["aaa", "bbb"].map(
      (hash) => storedOf(anOrdinal(aCluster(), hash)).object.metadata,
    );
    expect(one!.uid).toBe(twin!.uid);
    expect(one!.name.slice(-5)).toBe(twin!.name.slice(-5));
  });

  it("draws anew for another ordinal, and for the same one made again", () => {
    const cluster = aCluster();
    const lineages = [WEB, { ...WEB, ordinal: 3 }, WEB];
    const made = lineages.map(
      (lineage) => storedOf(anOrdinal(cluster, "a", lineage)).object.metadata,
    );
    expect(new Set(made.map(({ uid }) => uid)).size).toBe(3);
    expect(new Set(made.map(({ name }) => name)).size).toBe(3);
  });

  it("stays over updates, status writes and deletion, and comes with a watch", () => {
    const cluster = aCluster();
    const { sim, client, listener, ask } = cluster;
    sim.command(() =>
      client.watch({ kind: "Pod" }, { target: listener.name, tag: {} }),
    );
    const { name } = storedOf(anOrdinal(cluster, "a")).object.metadata;
    const at = { kind: "Pod", namespace: "default", name };
    ask({ verb: "patch", ...at, patch: { metadata: { labels: { a: "1" } } } });
    ask({
      verb: "patchStatus",
      ...at,
      patch: { status: { phase: "Running" } },
    });
    ask({ verb: "delete", ...at });
    sim.runUntil(sim.now + 1000);
    const told = listener.watched.filter(({ stored }) => stored !== null);
    expect(told.map(({ change }) => change)).toEqual([
      "ADDED",
      "MODIFIED",
      "MODIFIED",
      "DELETED",
    ]);
    for (const { stored } of told) expect(stored!.lineage).toEqual(WEB);
  });

  it("names what draws are about", () => {
    const cluster = aCluster();
    const pod = storedOf(anOrdinal(cluster, "a"));
    expect(lineageName(pod)).toBe("default/deployment/web/2");
    const between = { ...pod, lineage: { ...WEB, ordinal: null } };
    expect(lineageName(between)).toBe("default/deployment/web");
    expect(lineageName(storedOf(cluster.apply(aPod("bare"))))).toBe(
      "default/bare",
    );
    const namespace = cluster.server.read("Namespace", "", "default")!;
    expect(lineageName(namespace)).toBe("default");
  });

  it("is the workload of the facts", () => {
    const cluster = aCluster();
    anOrdinal(cluster, "a");
    cluster.apply(aPod("bare"));
    expect(cluster.facts.map(({ data }) => data["workload"])).toEqual([
      "default/deployment/web",
      undefined,
    ]);
  });

  it("is given the first 58 characters of its prefix, so that its name fits into a label", () => {
    const cluster = aCluster();
    const hash = "a".repeat(52);
    const { metadata } = storedOf(anOrdinal(cluster, `${hash}bcd`)).object;
    expect(metadata.name).toMatch(/^web-a{52}bc[a-z0-9]{5}$/);
  });

  it("names a pod without a name by its prefix when it is refused", () => {
    const { ask } = aCluster();
    const object = {
      ...aPod("x", { serviceAccountName: "sa" }),
      metadata: { namespace: "default", generateName: "web-a-" },
    };
    expect(messageOf(ask({ verb: "create", object, lineage: WEB }))).toBe(
      'pods "web-a-" is forbidden: error looking up service account default/sa: serviceaccount "sa" not found',
    );
  });
});

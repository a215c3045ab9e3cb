import { describe, expect, it } from "vitest";
import type { Reload } from "../../../src/cluster-sim/programs/reloader/strategies.ts";
import {
  planReload,
  variableName,
} from "../../../src/cluster-sim/programs/reloader/strategies.ts";
import type { ApiObject, Stored } from "../../../src/cluster-sim/ports.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { START } from "../support.ts";
import { READS_APP, aDeployment, aWorkload } from "./support.ts";

const HASH = "7f8cfa08b06f946ed77ed48136233e27fe714c8b";

const stored = (manifest: JsonObject): Stored => ({
  object: manifest as unknown as ApiObject,
});

function plan(manifest: JsonObject, reload: Partial<Reload> = {}) {
  return planReload(stored(manifest), {
    strategy: "env-vars",
    type: "SECRET",
    name: "app",
    namespace: "default",
    hash: HASH,
    deleted: false,
    autoReload: true,
    now: START + 999,
    ...reload,
  });
}

/** The body of the only request, as it goes over the wire. */
function bodyOf(result: ReturnType<typeof plan>): string {
  const [request] = result.requests;
  return request?.verb === "patch" ? JSON.stringify(request.patch) : "no patch";
}

const withEnv = (env: JsonObject[]): JsonObject => ({
  containers: [{ name: "main", image: "busybox:1.36", env }],
});
const REFERS: JsonObject = {
  name: "PASSWORD",
  valueFrom: { secretKeyRef: { name: "app", key: "password" } },
};

describe("Reloader's variable", () => {
  it.each<[string, string]>([
    ["syncedsecret", "STAKATER_SYNCEDSECRET_SECRET"],
    ["app-secret", "STAKATER_APP_SECRET_SECRET"],
    ["my.secret--x", "STAKATER_MY_SECRET_X_SECRET"],
    ["-lead", "STAKATER_LEAD_SECRET"],
  ])("for %s is %s [reloader.md 1.6]", (name, variable) => {
    expect(variableName(name, "SECRET")).toBe(variable);
  });
});

describe("Reloader's patch", () => {
  it("of env-vars, byte for byte", () => {
    const result = plan(aDeployment());
    expect(result.requests).toMatchObject([
      { verb: "patch", patchType: "strategic", kind: "Deployment" },
    ]);
    expect(bodyOf(result)).toBe(
      `{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"STAKATER_APP_SECRET","value":"${HASH}"}]}]}}}}`,
    );
  });

  it("of annotations, byte for byte", () => {
    const result = plan(aDeployment(), { strategy: "annotations" });
    expect(result.container).toBe("main");
    expect(bodyOf(result)).toBe(
      `{"spec":{"template":{"metadata":{"annotations":{"reloader.stakater.com/last-reloaded-from":"{\\"type\\":\\"SECRET\\",\\"name\\":\\"app\\",\\"namespace\\":\\"default\\",\\"hash\\":\\"${HASH}\\",\\"containerRefs\\":[\\"main\\"],\\"observedAt\\":1714381200}"}}}}}`,
    );
  });

  it("of env-vars is none when the variable has the hash already", () => {
    const env = [REFERS, { name: "STAKATER_APP_SECRET", value: HASH }];
    expect(plan(aDeployment({ podSpec: withEnv(env) }))).toEqual({
      container: "main",
      requests: [],
    });
  });

  it("of annotations is there again for the same hash, but not for a class", () => {
    const annotations = {
      "reloader.stakater.com/last-reloaded-from": `{"name":"app","hash":"${HASH}"}`,
    };
    const manifest = aDeployment({
      spec: {
        template: {
          metadata: { labels: { app: "web" }, annotations },
          spec: READS_APP,
        },
      },
    });
    const strategy = "annotations" as const;
    expect(plan(manifest, { strategy }).requests).toHaveLength(1);
    const type = "SECRETPROVIDERCLASS" as const;
    const autoReload = false;
    const same = plan(manifest, { strategy, type, autoReload });
    expect(same.requests).toHaveLength(0);
    const other = { strategy, type, autoReload, hash: "other" };
    expect(plan(manifest, other).requests).toHaveLength(1);
  });

  it("of a class looks for its variable in every container", () => {
    const variable = "STAKATER_APP_SECRETPROVIDERCLASS";
    const containers = [
      { name: "main", image: "busybox:1.36" },
      {
        name: "side",
        image: "busybox:1.36",
        env: [{ name: variable, value: HASH }],
      },
    ];
    const result = plan(aDeployment({ podSpec: { containers } }), {
      type: "SECRETPROVIDERCLASS",
      autoReload: false,
    });
    expect(result.requests).toEqual([]);
  });

  it("of a deletion removes the variable by its place", () => {
    const env = [REFERS, { name: "STAKATER_APP_SECRET", value: HASH }];
    const result = plan(aDeployment({ podSpec: withEnv(env) }), {
      deleted: true,
    });
    expect(result.requests).toMatchObject([{ patchType: "json" }]);
    expect(bodyOf(result)).toBe(
      '[{"op":"remove","path":"/spec/template/spec/containers/0/env/1"}]',
    );
  });

  it("of a deletion is none without the variable", () => {
    expect(plan(aDeployment(), { deleted: true }).requests).toEqual([]);
  });

  it("of a deletion with annotations carries the marker's hash", () => {
    const result = plan(aDeployment(), {
      deleted: true,
      strategy: "annotations",
    });
    expect(bodyOf(result)).not.toContain(HASH);
    expect(bodyOf(result)).toMatch(/\\"hash\\":\\"[0-9a-f]{40}\\"/);
  });
});

describe("the container that carries the mark", () => {
  const main: JsonObject = { name: "main", image: "busybox:1.36" };
  const mounting: JsonObject = {
    name: "side",
    image: "busybox:1.36",
    volumeMounts: [{ name: "v", mountPath: "/v" }],
  };
  const secret = { name: "v", secret: { secretName: "app" } };
  const chosen = (podSpec: JsonObject, reload: Partial<Reload> = {}) =>
    plan(aDeployment({ podSpec }), reload).container;

  it.each<[string, JsonObject]>([
    ["a secret volume", secret],
    [
      "a projected volume",
      {
        name: "v",
        projected: {
          sources: [{ serviceAccountToken: {} }, { secret: { name: "app" } }],
        },
      },
    ],
  ])("mounts %s", (_, volume) => {
    const podSpec = { containers: [main, mounting], volumes: [volume] };
    expect(chosen(podSpec)).toBe("side");
  });

  it("mounts the volume of a ConfigMap or of a class", () => {
    const containers = [main, mounting];
    const configMap = [{ name: "v", configMap: { name: "app" } }];
    expect(
      chosen({ containers, volumes: configMap }, { type: "CONFIGMAP" }),
    ).toBe("side");
    const csi = {
      driver: "secrets-store.csi.k8s.io",
      volumeAttributes: { secretProviderClass: "app" },
    };
    expect(
      chosen(
        { containers, volumes: [{ name: "v", csi }] },
        { type: "SECRETPROVIDERCLASS" },
      ),
    ).toBe("side");
  });

  it("is the first one when an init container mounts it", () => {
    const podSpec = {
      initContainers: [mounting],
      containers: [main, { ...main, name: "other" }],
      volumes: [secret],
    };
    expect(chosen(podSpec)).toBe("main");
  });

  it("refers to it by a variable or by all of them", () => {
    const by = (member: JsonObject) => ({
      containers: [main, { ...main, name: "side", ...member }],
    });
    expect(chosen(by({ env: [REFERS] }))).toBe("side");
    const envFrom = [{ secretRef: { name: "app" } }];
    expect(chosen(by({ envFrom }))).toBe("side");
    const init = { initContainers: [{ ...main, envFrom }], containers: [main] };
    expect(chosen(init)).toBe("main");
  });

  it("is the first one for a name that is not referred to, and none for auto", () => {
    const podSpec = { containers: [main] };
    expect(chosen(podSpec, { autoReload: false })).toBe("main");
    expect(chosen(podSpec)).toBe("");
    expect(plan(aDeployment({ podSpec })).requests).toEqual([]);
  });

  it("is the first one for a volume that nobody mounts, and none for auto", () => {
    const podSpec = { containers: [main], volumes: [secret] };
    expect(chosen(podSpec, { autoReload: false })).toBe("main");
    expect(chosen(podSpec)).toBe("");
  });
});

describe("kinds that are not patched", () => {
  it("a CronJob makes a Job from its template, marked", () => {
    const { spec } = aWorkload("Job");
    const cronJob: JsonObject = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "report", namespace: "default", uid: "uid-1" },
      spec: {
        schedule: "0 * * * *",
        jobTemplate: { metadata: { labels: { team: "blue" } }, spec: spec! },
      },
    };
    const [request, ...more] = plan(cronJob).requests;
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      verb: "create",
      lineage: { workload: "default/cronjob/report", ordinal: null },
      object: {
        kind: "Job",
        metadata: {
          generateName: "report-",
          namespace: "default",
          labels: { team: "blue" },
          annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
          ownerReferences: [
            { kind: "CronJob", name: "report", uid: "uid-1", controller: true },
          ],
        },
        spec: {
          template: {
            spec: {
              containers: [
                { env: [REFERS, { name: "STAKATER_APP_SECRET", value: HASH }] },
              ],
            },
          },
        },
      },
    });
  });

  it("a Job is deleted and made again under its name", () => {
    const job = aWorkload("Job", {
      spec: {
        selector: { matchLabels: { "controller-uid": "x" } },
        template: {
          metadata: {
            labels: { app: "web", "controller-uid": "x", "job-name": "web" },
          },
          spec: { restartPolicy: "Never", ...READS_APP },
        },
      },
    });
    const metadata = {
      ...(job["metadata"] as JsonObject),
      uid: "uid-1",
      resourceVersion: "7",
      creationTimestamp: "2024-04-29T09:00:00Z",
    };
    const [gone, made] = plan({ ...job, metadata, status: { active: 1 } })
      .requests as unknown as readonly [JsonObject, JsonObject];
    expect(gone).toMatchObject({ verb: "delete", kind: "Job", name: "web" });
    expect(made).toMatchObject({
      verb: "create",
      object: {
        metadata: { name: "web", namespace: "default", annotations: {} },
        spec: { template: { metadata: { labels: { app: "web" } } } },
      },
    });
    const object = made["object"] as JsonObject;
    expect(object).not.toHaveProperty("status");
    expect(object).not.toHaveProperty("spec.selector");
    expect(object).not.toHaveProperty("metadata.uid");
    expect(object).not.toHaveProperty("spec.template.metadata.labels.job-name");
  });
});

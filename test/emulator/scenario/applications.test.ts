import { describe, expect, it } from "vitest";
import { createWorld } from "../../../src/emulator/index.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { linesOf, loadText, WITH_POD } from "./support.ts";

const DEPLOYMENT = `  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: busybox, env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: app-secret, key: password}}}]}]}}}}
`;
const WITH_WEB = WITH_POD.replace("steps:\n", `${DEPLOYMENT}steps:\n`);
/** Where `applications` begin. */
const LINE = WITH_WEB.split("\n").length;

const withApps = (entry: string) => `${WITH_WEB}applications: {${entry}}\n`;

/** The annotation of what is applied, read back. */
function annotationOf(text: string, kind: string): unknown {
  const applied = loadText(text)
    .setup.flatMap((command) =>
      command.kind === "apply" ? [command.object] : [],
    )
    .find((object) => object["kind"] === kind)!;
  const spec = applied["spec"] as { readonly template?: JsonObject };
  const pod = (kind === "Pod" ? applied : spec.template) as {
    readonly metadata: { readonly annotations?: Record<string, string> };
  };
  const found = pod.metadata.annotations?.["keyturn.dev/app"];
  return found === undefined ? undefined : JSON.parse(found);
}

describe("applications", () => {
  it("become the annotation of a pod, and of a workload's template", () => {
    const file = "/mnt/store/secret1";
    const text = withApps(
      `busybox: {how: polls-file, file: ${file}, every: 30s}, deployment/web: {how: reads-once, env: PASSWORD}`,
    );
    expect(annotationOf(text, "Pod")).toEqual({
      how: "polls-file",
      file,
      every: "30s",
    });
    expect(annotationOf(text, "Deployment")).toEqual({
      how: "reads-once",
      env: "PASSWORD",
    });
  });

  it("stay with a manifest that a step applies again", () => {
    const again = DEPLOYMENT.trim().slice(2);
    const text = `${WITH_WEB}  - {at: 13m, apply: ${again}}\napplications: {deployment/web: {how: reads-once, env: PASSWORD}}\n`;
    const { command } = loadText(text).steps.at(-1)!;
    expect(JSON.stringify(command)).toContain("keyturn.dev/app");
  });

  it.each([
    [
      "bsybox: {how: reads-once, env: A}",
      'there is no Pod "bsybox" in namespace default; did you mean "busybox"?',
    ],
    ["a/b/c: {how: reads-once, env: A}", '"a/b/c" names no pod or workload'],
    [
      "busybox: {how: polls, file: /mnt/store/secret1}",
      'how: must be "reads-once" or "reads-each-use" or',
    ],
    [
      "busybox: {how: dotnt, vault: kvdemo, secret: secret1}",
      '"refetches-when-refused"; did you mean "dotnet"?',
    ],
    [
      "busybox: {how: reloads-on-signal, file: /mnt/store/secret1, sidecar: sid}",
      'the pod "busybox" has no container "sid"; did you mean "side"?',
    ],
    [
      "busybox: {how: polls-file, file: mnt/store/secret1}",
      'the application has "file" "mnt/store/secret1", which is no absolute path of a file',
    ],
    [
      "busybox: {how: polls-file, file: /mnt/store/secret1, every: -5s}",
      "every: the duration -5s is negative",
    ],
    [
      "busybox: {how: watches-file, env: PASSWORD}",
      'the application has "env", but watches-file reads "file"',
    ],
    [
      "busybox: {how: polls-file, fil: /mnt/store/secret1}",
      'unknown key "fil"; did you mean "file"?',
    ],
    [
      "busybox: {how: polls-file, container: sid, file: /mnt/store/secret1}",
      'the pod "busybox" has no container "sid"; did you mean "side"?',
    ],
    [
      "busybox: {how: polls-file, file: /mnt/stor/secret1}",
      'nothing is mounted at /mnt/stor/secret1 in the pod "busybox"',
    ],
    [
      "deployment/web: {how: reads-once, env: PASSWRD}",
      'no container of deployment/web has a variable "PASSWRD"; did you mean "PASSWORD"?',
    ],
    [
      "busybox: {how: polls-vault, vault: kvdmo, secret: secret1}",
      'there is no vault "kvdmo"; did you mean "kvdemo"?',
    ],
    [
      "busybox: {how: polls-vault, vault: kvdemo, secret: secret2}",
      'there is no secret "secret2" in vault kvdemo; did you mean "secret1"?',
    ],
    [
      "busybox: {how: polls-file, file: /mnt/store/secret1, database: orders}",
      'there is no database "orders"',
    ],
    [
      "busybox: {how: polls-file}",
      'the application needs "file" for polls-file',
    ],
  ])("refuse {%s}", (entry, says) => {
    const found = linesOf(withApps(entry));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^s\\.yaml:${LINE}:\\d+: `));
    expect(found[0]).toContain(says);
  });

  it("are refused where the word stands that is wrong", () => {
    const entry =
      "busybox: {how: reads-once, file: /mnt/store/secret1, every: 5s}";
    const column = `applications: {${entry}`.indexOf("every") + 1;
    expect(linesOf(withApps(entry))[0]).toMatch(
      new RegExp(`^s\\.yaml:${LINE}:${column}: the application has "every"`),
    );
  });

  it("refuse a pod that has an application by annotation", () => {
    const annotated = withApps(
      "busybox: {how: polls-file, file: /mnt/store/secret1}",
    ).replace(
      "metadata: {name: busybox}",
      `metadata: {name: busybox, annotations: {keyturn.dev/app: "{how: polls-file, file: /mnt/store/secret1}"}}`,
    );
    expect(linesOf(annotated)).toEqual([
      's.yaml:9:73: "applications:" says already what this one does',
    ]);
  });
});

describe("the annotation", () => {
  it.each(["{name: web}, spec: {replicas: 1,", "{name: web}, spec: {"])(
    "is judged in a workload's template where it stands",
    (head) => {
      const text = WITH_WEB.replace("{name: web}, spec: {", head).replace(
        "{labels: {app: web}}, spec: {containers",
        `{labels: {app: web}, annotations: {keyturn.dev/app: "{how: reads-one}"}}, spec: {containers`,
      );
      const [found, ...more] = linesOf(text);
      expect(more).toEqual([]);
      expect(found).toContain('keyturn.dev/app has an unknown "how"');
      expect(found).toMatch(/^s\.yaml:11:\d+: /);
    },
  );
});

describe("names in an annotation", () => {
  const annotated = (app: string, more = "") =>
    `${WITH_WEB.replace(
      "metadata: {name: busybox}",
      `metadata: {name: busybox, annotations: {keyturn.dev/app: "${app}"}}`,
    )}${more}`;

  it.each([
    [
      "{how: polls-vault, vault: kvdmo, secret: secret1}",
      'there is no vault "kvdmo"; did you mean "kvdemo"?',
    ],
    [
      "{how: dotnet, vault: kvdemo, secret: secret2}",
      'there is no secret "secret2" in vault kvdemo; did you mean "secret1"?',
    ],
    [
      "{how: polls-file, file: /mnt/store/secret1, database: ordrs}",
      'there is no database "ordrs"; did you mean "orders"?',
    ],
    [
      "{how: polls-file, file: /mnt/store/secret2}",
      'no file "secret2" can appear in /mnt/store; did you mean "secret1"?',
    ],
    [
      "{how: reads-once, env: NOPE}",
      'no container of the pod "busybox" has a variable "NOPE"',
    ],
  ])("are looked up: %s", (app, says) => {
    const orders = "name: orders, vault: kvdemo, secret: secret1";
    const databases = `databases: [{${orders}, credentials: dual}]\n`;
    const [found, ...more] = linesOf(annotated(app, databases));
    expect(more).toEqual([]);
    expect(found).toMatch(/^s\.yaml:9:73: /);
    expect(found).toContain(says);
  });

  it("are let be in a manifest that a fixture applies alone", () => {
    const world = createWorld({ vaults: { kvdemo: {} } });
    world.vault("kvdemo").setSecret("later", "v1");
    world.apply(
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {keyturn.dev/app: "{how: polls-vault, vault: kvdemo, secret: later}"}}\nspec: {containers: [{name: main, image: busybox}]}\n',
    );
    world.advance("1m");
    const held = world.trace().filter(({ type }) => type === "app.holds");
    expect(held.map(({ data }) => data["object"])).toEqual([
      "kvdemo/secrets/later",
    ]);
  });
});

describe("the sink of an application", () => {
  const watch = (sink: string, apps = "") =>
    `${WITH_WEB}${apps}watch: [${sink}]\n`;

  it("is known by the pod or workload", () => {
    const apps =
      "applications: {deployment/web: {how: reads-once, env: PASSWORD}}\n";
    expect(loadText(watch("{app: deployment/web}", apps)).watch).toEqual([
      {
        kind: "app",
        who: { kind: "deployment", namespace: "default", name: "web" },
      },
    ]);
  });

  it("needs an application", () => {
    expect(linesOf(watch("{app: deployment/web}"))).toEqual([
      `s.yaml:${LINE}:15: deployment/web has no application`,
    ]);
  });
});

/** Sinks of containers beside plain files: variables, projected volumes, ConfigMaps, subPath. */
import { describe, expect, it } from "vitest";

import { HEAD, linesOf, loadText } from "./support.ts";

const PASSWORD = {
  name: "PASSWORD",
  valueFrom: { secretKeyRef: { name: "app", key: "password" } },
};
const MODE = {
  name: "MODE",
  valueFrom: { configMapKeyRef: { name: "conf", key: "mode" } },
};
const MAIN = {
  name: "main",
  image: "busybox",
  env: [PASSWORD, { name: "LEVEL", value: "info" }, MODE],
  envFrom: [
    { secretRef: { name: "app" }, prefix: "APP_" },
    { configMapRef: { name: "conf" } },
  ],
  volumeMounts: [
    { name: "all", mountPath: "/mnt/all" },
    { name: "conf", mountPath: "/etc/app.conf", subPath: "app.conf" },
    { name: "all", mountPath: "/mnt/sub", subPath: "dir" },
  ],
};
const SIDE = {
  name: "side",
  image: "busybox",
  env: [PASSWORD],
  envFrom: [{ secretRef: { name: "later", optional: true } }],
};
const CONF = { key: "mode", path: "app.conf" };
const SOURCES = [
  { secret: { name: "app", items: [{ key: "password", path: "dir/pw" }] } },
  { configMap: { name: "conf" } },
  { serviceAccountToken: { path: "token" } },
];
const OBJECTS = [
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "app" },
    stringData: { password: "p", user: "u" },
  },
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "conf" },
    data: { mode: "fast" },
    binaryData: { blob: "AAAA" },
  },
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "busybox" },
    spec: {
      containers: [MAIN, SIDE],
      volumes: [
        { name: "conf", configMap: { name: "conf", items: [CONF] } },
        { name: "all", projected: { sources: SOURCES } },
      ],
    },
  },
];
const SCENARIO = `${HEAD}manifests: ${JSON.stringify(OBJECTS)}\nwatch:\n`;
const NO_CHECK = { checkManifest: () => [] };
const watch = (sink: string) => `${SCENARIO}  - ${sink}\n`;

const known = (sink: string) => {
  const [found] = loadText(watch(sink), {}, NO_CHECK).watch;
  return found;
};
const problem = (sink: string) => {
  const [line = ""] = linesOf(watch(sink), {}, NO_CHECK);
  return line.replace(/^s\.yaml:\d+:\d+: /, "");
};

describe("variables", () => {
  it.each([
    "busybox@main:PASSWORD",
    "busybox:MODE",
    "busybox:APP_password",
    "busybox:APP_user",
    "busybox@side:PASSWORD",
    "busybox:mode",
  ])("%s can be there", (text) => {
    const [, container, variable] = /^busybox(?:@(\w+))?:(\w+)$/.exec(text)!;
    expect(known(`{env: "${text}"}`)).toEqual({
      kind: "env",
      who: { kind: "pod", namespace: "default", name: "busybox" },
      container: container ?? null,
      variable,
    });
  });

  it.each<[string, string]>([
    [
      "busybox:PASSWORD",
      '2 containers of the pod "busybox" have the variable "PASSWORD": main and side',
    ],
    [
      "busybox:PASWORD",
      'no container of the pod "busybox" has a variable "PASWORD"; did you mean "PASSWORD"?',
    ],
    [
      "busybox:password",
      'no container of the pod "busybox" has a variable "password"; did you mean "PASSWORD"?',
    ],
    [
      "busybox:LEVEL",
      'the variable "LEVEL" of the pod "busybox" comes from no Secret or ConfigMap: its value never changes',
    ],
    ["busybox:blob", 'no container of the pod "busybox" has a variable "blob"'],
    [
      "busybox@sid:PASSWORD",
      'the pod "busybox" has no container "sid"; did you mean "side"?',
    ],
  ])("%s is refused", (text, says) => {
    expect(problem(`{env: "${text}"}`)).toBe(says);
  });
});

describe("files", () => {
  it.each([
    "/mnt/all/dir/pw",
    "/mnt/all/mode",
    "/mnt/all/blob",
    "/mnt/all/token",
    "/etc/app.conf",
    "/mnt/sub/pw",
  ])("%s can be there", (path) => {
    expect(known(`{file: "busybox:${path}"}`)).toMatchObject({ path });
  });

  it.each<[string, string]>([
    ["/mnt/all/user", 'no file "user" can appear in /mnt/all'],
    [
      "/mnt/sub/pv",
      'no file "dir/pv" can appear in /mnt/sub; did you mean "dir/pw"?',
    ],
    ["/etc/app.cnf", 'nothing is mounted at /etc/app.cnf in the pod "busybox"'],
  ])("%s is refused", (path, says) => {
    expect(problem(`{file: "busybox:${path}"}`)).toBe(says);
  });
});

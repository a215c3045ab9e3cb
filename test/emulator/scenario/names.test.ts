import { describe, expect, it } from "vitest";

import { KINDS } from "../../../src/cluster-sim/api-server/kinds.ts";
import {
  isClusterScoped,
  kindFromSpelling,
} from "../../../src/emulator/scenario/kubernetes-kinds.ts";
import {
  parseObjectName,
  parseSink,
  parseWho,
} from "../../../src/emulator/scenario/names.ts";

describe("who", () => {
  it.each<[string, string, string, string]>([
    ["busybox", "pod", "ns", "busybox"],
    ["other/busybox", "pod", "other", "busybox"],
    ["deployment/web", "deployment", "ns", "web"],
    ["Deployment/web", "deployment", "ns", "web"],
    ["daemonset/web", "daemonset", "ns", "web"],
    ["statefulset/web", "statefulset", "ns", "web"],
    ["other/deployment/web", "deployment", "other", "web"],
    ["deployment/deployment/web", "deployment", "deployment", "web"],
    ["deployment/pod/web", "pod", "deployment", "web"],
    ["job/web", "pod", "job", "web"],
  ])("%s", (text, kind, namespace, name) => {
    expect(parseWho(text, "ns")).toEqual({
      ok: true,
      value: { kind, namespace, name },
    });
  });

  it.each(["", "/x", "a//b", "a/job/b", "a/b/c/d", "Busybox", "a b"])(
    "is not %j",
    (text) => {
      expect(parseWho(text, "ns").ok).toBe(false);
    },
  );
});

describe("a sink", () => {
  const who = { kind: "pod", namespace: "ns", name: "web" } as const;

  it("may be a file, with a container or without", () => {
    const file = { kind: "file", who, path: "/mnt/a:b" };
    expect(parseSink("file", "web:/mnt/a:b", "ns")).toEqual({
      ok: true,
      value: { ...file, container: null },
    });
    expect(parseSink("file", "ns/web@main:/mnt/a:b", "other")).toEqual({
      ok: true,
      value: { ...file, container: "main" },
    });
  });

  it("may be an environment variable", () => {
    expect(parseSink("env", "web@main:PASSWORD", "ns")).toEqual({
      ok: true,
      value: { kind: "env", who, container: "main", variable: "PASSWORD" },
    });
  });

  it("may be a key of a Secret", () => {
    const secret = { kind: "secret", secret: "app-secret", key: "tls.crt" };
    expect(parseSink("secret", "app-secret/tls.crt", "ns")).toEqual({
      ok: true,
      value: { ...secret, namespace: "ns" },
    });
    expect(parseSink("secret", "other/app-secret/tls.crt", "ns")).toEqual({
      ok: true,
      value: { ...secret, namespace: "other" },
    });
  });

  it("may be a webhook or an app", () => {
    expect(parseSink("webhook", "hook-1", "ns")).toEqual({
      ok: true,
      value: { kind: "webhook", subscription: "hook-1" },
    });
    expect(parseSink("app", "web", "ns")).toEqual({
      ok: true,
      value: { kind: "app", who },
    });
  });

  it.each<["file" | "env" | "secret" | "webhook" | "app", string]>([
    ["file", "web"],
    ["file", "web:"],
    ["file", "web:rel"],
    ["file", "web:/a//b"],
    ["file", "web:/a/"],
    ["file", "web@a@b:/x"],
    ["file", "web@:/x"],
    ["env", "web:"],
    ["env", "web:A=B"],
    ["secret", "a"],
    ["secret", "a/b/c/d"],
    ["secret", "a/b c"],
    ["webhook", "a/b"],
    ["app", ""],
  ])("of kind %s is not %j", (kind, text) => {
    expect(parseSink(kind, text, "ns").ok).toBe(false);
  });
});

describe("an object", () => {
  it.each<[string, string, string, string]>([
    ["pod/x", "Pod", "ns", "x"],
    ["Pods/x", "Pod", "ns", "x"],
    ["po/x", "Pod", "ns", "x"],
    ["secret/x", "Secret", "ns", "x"],
    ["sa/x", "ServiceAccount", "ns", "x"],
    ["spc/x", "SecretProviderClass", "ns", "x"],
    ["secretproviderclass/x", "SecretProviderClass", "ns", "x"],
    ["other/secret/x", "Secret", "other", "x"],
    ["ns/x", "Namespace", "", "x"],
    ["node/node-0", "Node", "", "node-0"],
    ["widget/x", "Widget", "ns", "x"],
  ])("%s", (text, kind, namespace, name) => {
    expect(parseObjectName(text, "ns", ["Widget"])).toEqual({
      ok: true,
      value: { kind, namespace, name },
    });
  });

  it.each(["x", "pod/", "/x", "gadget/x", "a/b/pod/x", "a/node/x"])(
    "is not %j",
    (text) => {
      expect(parseObjectName(text, "ns", ["Widget"]).ok).toBe(false);
    },
  );
});

it("every kind of the API server has the same spellings and scope here", () => {
  for (const { kind, resource, shortNames, namespaced } of KINDS) {
    const words = [kind, kind.toLowerCase(), resource, ...shortNames];
    expect(words.map(kindFromSpelling)).toEqual(words.map(() => kind));
    expect(isClusterScoped(kind)).toBe(!namespaced);
  }
});

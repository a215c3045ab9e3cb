import { describe, expect, it } from "vitest";
import {
  KINDS,
  kindInfo,
  kindNamed,
  qualifiedKind,
  qualifiedResource,
  servedKind,
  storedApiVersion,
} from "../../../src/cluster-sim/api-server/kinds.ts";

describe("the registry of kinds", () => {
  it("serves SecretProviderClass in both versions and stores v1", () => {
    const v1 = servedKind(
      "secrets-store.csi.x-k8s.io/v1",
      "SecretProviderClass",
    );
    const v1alpha1 = servedKind(
      "secrets-store.csi.x-k8s.io/v1alpha1",
      "SecretProviderClass",
    );
    expect(v1).not.toBeNull();
    expect(v1alpha1).toBe(v1);
    expect(storedApiVersion(v1!)).toBe("secrets-store.csi.x-k8s.io/v1");
  });

  it.each([
    ["v1", "Deployment"],
    ["apps/v1beta1", "Deployment"],
    ["v2", "Pod"],
    ["v1", "Widget"],
  ])("serves no %s %s", (apiVersion, kind) => {
    expect(servedKind(apiVersion, kind)).toBeNull();
  });

  it.each([
    ["pod", "Pod"],
    ["po", "Pod"],
    ["PODS", "Pod"],
    ["sa", "ServiceAccount"],
    ["deploy", "Deployment"],
    ["deployments.apps", "Deployment"],
    ["sts", "StatefulSet"],
    ["cj", "CronJob"],
    ["leases", "Lease"],
    ["secretproviderclasses.secrets-store.csi.x-k8s.io", "SecretProviderClass"],
    ["secretproviderclasspodstatus", "SecretProviderClassPodStatus"],
  ])("knows %s as kubectl does", (name, kind) => {
    expect(kindNamed(name)?.kind).toBe(kind);
  });

  it("does not know the short names that upstream's CRDs lack", () => {
    expect(kindNamed("spc")).toBeNull();
    expect(kindNamed("pods.apps")).toBeNull();
  });

  it("names grouped resources and kinds with their group", () => {
    const info = kindInfo("SecretProviderClass")!;
    expect(qualifiedResource(info)).toBe(
      "secretproviderclasses.secrets-store.csi.x-k8s.io",
    );
    expect(qualifiedKind(info)).toBe(
      "SecretProviderClass.secrets-store.csi.x-k8s.io",
    );
    expect(qualifiedResource(kindInfo("Pod")!)).toBe("pods");
  });

  it("lists each kind and each resource once", () => {
    expect(new Set(KINDS.map((info) => info.kind)).size).toBe(KINDS.length);
    expect(new Set(KINDS.map((info) => info.resource)).size).toBe(KINDS.length);
  });
});

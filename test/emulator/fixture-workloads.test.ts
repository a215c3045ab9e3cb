/** Workloads, lanes and databases in somebody's own tests. */
import { describe, expect, it } from "vitest";
import { createWorld } from "../../src/emulator/index.ts";
import { aWorkload } from "../support/world.ts";
import { refusal } from "./fixture-support.ts";

const web = () =>
  createWorld({ manifests: [aWorkload("Deployment", { replicas: 2 })] });

describe("a fixture's workloads", () => {
  it("are scaled, patched and restarted as kubectl does it", () => {
    const world = web();
    world.advance("1m");
    world.scale("deployment/web", 1);
    world.patch("deploy/web", { metadata: { labels: { a: "b" } } });
    world.patch(
      "deployment/web",
      [{ op: "replace", path: "/metadata/labels/a", value: "c" }],
      { type: "json" },
    );
    world.rolloutRestart("default/deployment/web");
    world.advance("1m");
    expect(world.get("deployment", "web")).toMatchObject({
      metadata: { labels: { a: "c" } },
      spec: { replicas: 1 },
      status: { readyReplicas: 1, updatedReplicas: 1 },
    });
  });

  it("refuse what kubectl refuses, and names that are none", () => {
    const world = web();
    expect(refusal(() => world.scale("deployment/wbe", 1)).message).toBe(
      'Failed to scale: deployments.apps "wbe" not found',
    );
    expect(refusal(() => world.scale("deployment/web", -1)).code).toBe(
      "BadReplicas",
    );
    expect(refusal(() => world.rolloutRestart("web")).code).toBe(
      "BadObjectName",
    );
  });

  it("stand for the pod that kubectl exec picks", () => {
    const world = web();
    world.advance("1m");
    const { stdout, exitCode } = world.exec("deployment/web", "echo hello");
    expect([stdout, exitCode]).toEqual(["hello\n", 0]);
    expect(world.inspect("deployment/web")).not.toBeNull();
    expect(refusal(() => world.inspect("deployment/wbe")).code).toBe(
      "NoSuchPod",
    );
  });
});

describe("a fixture's applications, lanes and databases", () => {
  it("are those of a scenario", () => {
    const world = createWorld({
      vaults: { kvdemo: { password: "v1" } },
      manifests: [aWorkload("Deployment")],
      applications: {
        "deployment/web": {
          how: "polls-vault",
          vault: "kvdemo",
          secret: "password",
          every: "1m",
          database: "orders",
        },
      },
      databases: [
        {
          name: "orders",
          vault: "kvdemo",
          secret: "password",
          credentials: "single",
        },
      ],
      lanes: [
        {
          name: "eso",
          kind: "external-secrets",
          vault: "kvdemo",
          secret: "password",
          target: "eso/password",
          every: "1h",
          phase: "0s",
        },
      ],
    });
    world.advance("5m");
    world.vault("kvdemo").setSecret("password", "v2");
    world.refreshLane("eso");
    world.advance("2m");
    const types = new Set(world.trace().map(({ type }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining(["app.holds", "app.request", "lane.holds"]),
    );
    expect(world.get("secret", "eso")).toHaveProperty(
      "data.password",
      btoa("v2"),
    );
    expect(refusal(() => world.refreshLane("es")).message).toContain("es");
    world.restart({ lane: "eso", downFor: "5s" });
    expect(refusal(() => world.restart({ reloader: null })).message).toContain(
      "no container runs it",
    );
  });
});

import { readFileSync } from "node:fs";
import { createWorld } from "keyturn";
import { expect, test } from "vitest";

const manifests = readFileSync(
  new URL("deployment.yaml", import.meta.url),
  "utf8",
);
const CHANGED = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "database" },
  stringData: { password: "new" },
};

/** What every replica of `web` has in its environment. */
function passwords(installed: boolean) {
  const world = createWorld({
    settings: { reloader: { installed } },
    manifests: [manifests],
  });
  world.advance("1m");
  world.apply(CHANGED);
  world.advance("1m");
  const pods = world
    .trace()
    .filter(({ type }) => type === "kubelet.pod.added")
    .filter(({ data }) => data["workload"] === "default/deployment/web")
    .map(({ data }) => data["name"] as string)
    .filter((name) => world.get("pod", name) !== null);
  return pods.map((pod) => world.readVariable(pod, "PASSWORD"));
}

test("without Reloader the replicas keep the old password", () => {
  expect(passwords(false)).toEqual(["old", "old"]);
});

test("with Reloader every replica has the new one within a minute", () => {
  expect(passwords(true)).toEqual(["new", "new"]);
});

/** `keyturn metrics`: the pages of a node's processes at an instant, as a scrape would get them. */
import { expect, test } from "vitest";
import { CANARIES, aScenario, folderWith, keyturn } from "./support.ts";

async function metricsOf(options: string, more = ""): Promise<string> {
  const folder = folderWith({ "small.yaml": aScenario(more) });
  const line = `metrics ${folder}/small.yaml ${options}`;
  const { code, out, err } = await keyturn(line);
  expect([code, err]).toEqual([0, ""]);
  return out;
}

/** The value of a series, by its name and some of its labels. */
function valueOf(page: string, name: string, ...labels: string[]): number {
  const line = page
    .split("\n")
    .find(
      (each) =>
        each.startsWith(`${name}{`) &&
        labels.every((label) => each.includes(label)),
    );
  return Number(line?.split(" ").at(-1));
}

const DRIVER = "--node node-0 --of csi-driver";

test("one page is what a scrape of it gets at that instant", async () => {
  const early = await metricsOf(`${DRIVER} --at 5m`);
  expect(early).toMatch(
    /^# HELP node_publish_total .*\n# TYPE node_publish_total counter\nnode_publish_total\{os_type="linux",provider="azure"\} 1\n/,
  );
  const count = (page: string) =>
    valueOf(page, "rotation_reconcile_total", 'rotated="false"');
  const late = await metricsOf(DRIVER);
  expect(count(late)).toBeGreaterThan(count(early));
  expect(valueOf(late, "rotation_reconcile_total", 'rotated="true"')).toBe(1);
  expect(early).not.toContain('rotated="true"');
});

test("several pages say whose they are", async () => {
  const all = await metricsOf("--at 5m", "nodes: 2\n");
  const titles = all.match(/^# node-.*$/gm);
  expect(titles).toEqual([
    "# node-0/csi-driver",
    "# node-0/provider-azure",
    "# node-0/kubelet",
    "# node-1/csi-driver",
    "# node-1/provider-azure",
    "# node-1/kubelet",
  ]);
  const kubelets = await metricsOf("--at 5m --of kubelet", "nodes: 2\n");
  expect(kubelets.match(/^# node-.*$/gm)).toEqual([
    "# node-0/kubelet",
    "# node-1/kubelet",
  ]);
});

test("what has begun again counts anew, and answers nothing while it is down", async () => {
  const restart =
    "  - { at: 12m, restart: { driver: node-0, downFor: 10s } }\n";
  const at = (time: string) => metricsOf(`${DRIVER} --at ${time}`, restart);
  const before = await at("11m59s");
  expect(before).toContain("node_publish_total");
  expect(await at("12m5s")).toBe("");
  const after = await at("20m");
  expect(after).not.toContain("node_publish_total");
  const rotations = valueOf(after, "rotation_reconcile_total", "linux");
  expect(rotations).toBeGreaterThan(0);
  expect(rotations).toBeLessThan(
    valueOf(before, "rotation_reconcile_total", 'rotated="false"'),
  );
});

test("counts each refresh of a volume, also those that find nothing new, for as long as the kubelet lives", async () => {
  const refreshes = async (time: string) => {
    const line = `metrics scenarios/synced-secret.yaml --node node-0 --of kubelet --at ${time}`;
    const { out } = await keyturn(line);
    return valueOf(
      out,
      "storage_operation_duration_seconds_count",
      'status="success"',
      'volume_plugin="kubernetes.io/secret"',
    );
  };
  const [early, late] = [await refreshes("5m"), await refreshes("10m")];
  // Each 60 to 91 s.
  expect(late - early).toBeGreaterThanOrEqual(3);
  expect(late - early).toBeLessThanOrEqual(5);
});

test("an error is told by its sentence, and no value by anything", async () => {
  const more =
    "  - { at: 12m, fault: { vault: kvdemo, respond: 403, operation: SecretGet, for: 5m } }\n";
  const pages = await metricsOf("", more);
  expect(valueOf(pages, "keyvault_request_count", 'error=""')).toBeGreaterThan(
    0,
  );
  expect(pages).toMatch(/keyvault_request_count\{error="[^"]{5}/);
  expect(pages).toMatch(/grpc_code="Unknown",grpc_message="failed to mount/);
  for (const value of CANARIES) expect(pages).not.toContain(value);
});

const RELOADER = "--of reloader";

async function reloaderOf(scenario: string, at: string): Promise<string> {
  const line = `metrics scenarios/${scenario}.yaml ${RELOADER} --at ${at}`;
  const { code, out, err } = await keyturn(line);
  expect([code, err]).toEqual([0, ""]);
  return out;
}

test("Reloader counts a change of labels alone as skipped, and each reload by the kind of its workload", async () => {
  const skipped = (page: string) =>
    valueOf(page, "reloader_skipped_total", 'reason="no_data_change"');
  const [before, after] = [
    await reloaderOf("reloader-env", "11m59s"),
    await reloaderOf("reloader-env", "12m1s"),
  ];
  expect(skipped(after) - skipped(before)).toBe(1);
  for (const page of [before, after]) {
    expect(page).toContain(
      '\nreloader_action_total{result="success",workload_kind="Deployment"} 1\n',
    );
    expect(page).toContain(
      '\nreloader_reload_executed_total{success="false"} 0\nreloader_reload_executed_total{success="true"} 1\n',
    );
  }
});

test("a Reloader that has begun again counts anew, and answers nothing while it is down", async () => {
  expect(await reloaderOf("reloader-while-down", "6m")).toBe("");
  const executed = 'reloader_reload_executed_total{success="true"}';
  expect(await reloaderOf("reloader-while-down", "9m")).toContain(
    `${executed} 0\n`,
  );
  expect(await reloaderOf("reloader-while-down", "30m")).toContain(
    `${executed} 1\n`,
  );
});

test("Reloader's page follows those of the nodes, and is none of a node's", async () => {
  const { out } = await keyturn("metrics scenarios/reloader-env.yaml --at 5m");
  expect(out.match(/^# \S+\/\S+$/gm)?.slice(-2)).toEqual([
    "# node-0/kubelet",
    expect.stringMatching(/^# default\/reloader-reloader-.*\/reloader$/),
  ]);
  const ofNode = await keyturn(
    `metrics scenarios/reloader-env.yaml --node node-0 ${RELOADER}`,
  );
  expect(ofNode).toMatchObject({
    code: 2,
    err: "Failed to read the metrics of node-0/reloader: Reloader's endpoint is its own pods', not a node's; leave out --node\n",
  });
  const none = await keyturn(`metrics scenarios/csi-file.yaml ${RELOADER}`);
  expect(none).toMatchObject({
    code: 2,
    err: "Failed to read the metrics of Reloader: none has run until then (settings.reloader.installed)\n",
  });
});

import { expect, test } from "vitest";

import { Timeline } from "../../../src/emulator/views/timeline.ts";
import type { TimelineOptions } from "../../../src/emulator/views/timeline.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/kernel/time.ts";
import {
  BUSYBOX,
  SETTINGS,
  START,
  Story,
  revealing,
  rotationStory,
  tooWide,
  withoutColor,
} from "./story.ts";

function linesOf(story: Story, options: TimelineOptions = {}): string[] {
  return story.tell(new Timeline()).lines(options);
}

/** A story that has begun. */
function begun(): Story {
  return new Story().record("world.started", "world", "world", {
    nodes: ["node-0"],
    settings: SETTINGS,
  });
}

const setSecret = (name: string, ordinal = 1) => ({
  vault: "kvdemo",
  name,
  version: String(ordinal).padStart(32, "0"),
  ordinal,
  enabled: true,
});

test("one rotation tells set, poll, file and Secret, and counts the quiet polls between", () => {
  expect(linesOf(rotationStory(), { reveal: revealing() })).toEqual([
    "  +mm:ss.mmm  since 2024-04-29 09:00:00 UTC",
    "  +00:00.000  user                applied Pod, SecretProviderClass",
    "  +00:00.000  vault           v1  secret1 set in kvdemo = the first value",
    "  +00:00.000  driver node-0       polls every 2m, first at +01:43.150",
    "  +00:00.480  api             v1  Secret app-secret created: mysecret1",
    "  +00:01.870  kubelet node-0  v1  pod busybox is running with secret1, mysecret1",
    "           …  5 quiet polls, every 2m · events: SecretRotationComplete ×5",
    "  +10:00.000  vault           v2  secret1 set in kvdemo = the second value",
    "  +11:43.190  driver node-0   v2  polled for busybox: secret1 is new",
    "  +11:43.210  driver node-0   v2  switched busybox:/mnt/secrets-store/secret1",
    "  +11:43.230  api             v2  Secret app-secret modified: mysecret1",
    "           …  events: MountRotationComplete, SecretRotationComplete",
    "  +12:21.092  kubelet node-0  v2  switched busybox:/mnt/secrets-volume/mysecret1",
    "           …  4 quiet polls, every 2m · events: SecretRotationComplete ×4",
  ]);
});

test("without reveal no value is shown", () => {
  const text = linesOf(rotationStory()).join("\n");
  expect(text).toContain("secret1 set in kvdemo");
  expect(text).not.toContain("the second value");
});

test("no line is wider than the terminal, whatever names and values hold", () => {
  const pod = {
    ...BUSYBOX,
    name: "busybox-secrets-store-inline-wi-with-a-name-that-goes-on-and-on-and-on",
    node: "aks-nodepool1-12345678-vmss000000",
  };
  for (const width of [40, 60, 80, 120])
    for (const value of [
      "日本語の秘密".repeat(9),
      "🙂".repeat(50),
      "a\nb\u001b[31m".repeat(20),
    ])
      expect(
        tooWide(
          linesOf(rotationStory(pod), {
            width,
            reveal: revealing(value, value),
          }),
          width,
        ),
      ).toEqual([]);
});

test("long names lose their start: their ends tell them apart", () => {
  const pod = {
    ...BUSYBOX,
    name: "busybox-secrets-store-inline-wi",
    node: "aks-nodepool1-12345678-vmss000000",
  };
  const text = linesOf(rotationStory(pod)).join("\n");
  expect(text).toContain("driver …ss000000");
  expect(text).toContain("kubelet …s000000");
  expect(text).toContain("polled for …-store-inline-wi: secret1 is new");
  expect(text).toMatch(
    / pod busybox-secrets-store-inline-wi is\n +running with secret1, mysecret1\n/,
  );
  expect(text).toMatch(/switched …line-wi:\/mnt\/secrets-store\/secret1/);
});

test("colour adds escape sequences and nothing else", () => {
  const plain = linesOf(rotationStory(), { reveal: revealing() });
  const colored = linesOf(rotationStory(), {
    reveal: revealing(),
    color: true,
  });
  const stripped = colored.map((line) => withoutColor(line));
  expect(colored).not.toEqual(plain);
  expect(stripped.map((line) => line.trimEnd())).toEqual(plain);
});

test("frames are the same lines by instant, never going back", () => {
  const timeline = rotationStory().tell(new Timeline());
  const frames = [...timeline.frames()];
  expect(frames.flatMap((frame) => frame.lines)).toEqual(timeline.lines());
  const instants = frames.map((frame) => frame.t);
  expect(instants).toEqual([...instants].sort((a, b) => a - b));
});

test("facts that are written late stand where they happened", () => {
  const story = rotationStory();
  const order = linesOf(story)
    .map((line) => line.slice(2, 12))
    .filter((time) => time.startsWith("+0") || time.startsWith("+1"));
  expect(order).toEqual([...order].sort());
});

test("quiet polls are counted over hours, in runs of one rhythm", () => {
  const story = begun();
  for (let tick = MINUTE_MS; tick < 3 * HOUR_MS; tick += 2 * MINUTE_MS)
    story.at(tick).repeat({
      type: "csi.rotation.unchanged",
      at: "node-0/csi-driver",
      about: "default/busybox",
      data: {
        namespace: "default",
        name: "busybox",
        secretProviderClass: "spc",
        error: "",
      },
    });
  expect(linesOf(story.end(3 * HOUR_MS)).at(-1)).toBe(
    "           …  90 quiet polls, every 2m",
  );
});

test("polls of several pods say for how many", () => {
  const story = begun();
  for (let tick = MINUTE_MS; tick < 10 * MINUTE_MS; tick += 2 * MINUTE_MS)
    for (const name of ["a", "b"])
      story.at(tick).repeat({
        type: "csi.rotation.unchanged",
        at: "node-0/csi-driver",
        about: `default/${name}`,
        data: {
          namespace: "default",
          name,
          secretProviderClass: "spc",
          error: "",
        },
      });
  expect(linesOf(story.end(10 * MINUTE_MS)).at(-1)).toContain(
    "10 quiet polls for 2 pods, every 2m",
  );
});

const failedMount = (message: string) => ({
  reason: "FailedMount",
  type: "Warning",
  message,
  kind: "Pod",
  namespace: "default",
  name: "busybox",
  uid: "u",
  source: "kubelet",
  host: "node-0",
});

test("a warning is told once with both ends of its message, and counted after that", () => {
  const message = `MountVolume.SetUp failed for volume "secrets-store" : rpc error: code = Unknown desc = ${"x ".repeat(200)}StatusCode=403`;
  const story = begun();
  for (const second of [1, 60, 119, 178])
    story.at(second * 1000).repeat({
      type: "k8s.event",
      at: "api-server",
      about: "default/Pod/busybox",
      data: failedMount(message),
    });
  const lines = linesOf(story.end(MINUTE_MS * 5));
  expect(lines[1]).toBe(
    "  +00:01.000  kubelet node-0      event FailedMount on busybox",
  );
  const detail = lines.slice(2, -1);
  expect(detail.length).toBeLessThanOrEqual(5);
  expect(detail.join("")).toMatch(
    /MountVolume\.SetUp failed.*….*StatusCode=403$/,
  );
  expect(lines.at(-1)).toBe("           …  events: FailedMount ×3");
});

test("of a refusal by the vault its own words are shown", () => {
  const message = [
    'MountVolume.SetUp failed for volume "secrets-store" : rpc error: code = Unknown desc = GET https://kvdemo.vault.azure.net/secrets/secret1/',
    "-".repeat(80),
    "RESPONSE 403: 403 Forbidden",
    "ERROR CODE: Forbidden",
    "-".repeat(80),
    "{",
    '  "error": {',
    '    "code": "Forbidden",',
    `    "message": "The user, group or application 'appid=5c3f0000-0000-4000-8000-000000000002;oid=1;iss=https://sts.windows.net/2/' does not have secrets get permission on key vault 'kvdemo;location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"`,
    "  }",
    "}",
    "-".repeat(80),
  ].join("\n");
  const story = begun()
    .at(1000)
    .repeat({
      type: "k8s.event",
      at: "api-server",
      about: "default/Pod/busybox",
      data: failedMount(message),
    })
    .end(2000);
  expect(linesOf(story).slice(2)).toEqual([
    "                                  403 Forbidden: The user, group or application",
    "                                  'appid=5c3f0000…' does not have secrets get",
    "                                  permission on key vault",
    "                                  'kvdemo;location=westeurope'.",
  ]);
});

test("failed rotations are told once for each error and counted after that", () => {
  const story = begun();
  const data = {
    namespace: "default",
    name: "busybox",
    secretProviderClass: "spc",
  };
  for (const [tick, id] of [
    [1, "11111111-aaaa"],
    [2, "22222222-bbbb"],
    [3, "33333333-cccc"],
  ] as const)
    story.at(tick * 20_000).repeat({
      type: "csi.rotation.failed",
      at: "node-0/csi-driver",
      about: "default/busybox",
      data: { ...data, error: `403 Forbidden, request ${id}` },
    });
  expect(linesOf(story.end(MINUTE_MS * 2)).slice(1)).toEqual([
    "  +00:20.000  driver node-0      rotation of busybox failed",
    "                                 403 Forbidden, request 11111111-aaaa",
    "           …  2 failed polls",
  ]);
});

test("a change of settings names the setting and both values", () => {
  const settings = {
    ...SETTINGS,
    addon: { enableSecretRotation: false, rotationPollInterval: MINUTE_MS },
  };
  const story = begun()
    .at(1000)
    .record("settings.changed", "world", "world", { settings });
  expect(linesOf(story).slice(1)).toEqual([
    "  +00:01.000  user       addon.enableSecretRotation: true, now false",
    "  +00:01.000  user       addon.rotationPollInterval: 2m, now 1m",
  ]);
});

test("a driver without rotation says that it never polls", () => {
  const story = begun().record(
    "csi.driver.started",
    "node-0/csi-driver",
    "node-0",
    {
      node: "node-0",
      version: "1.5.6",
      rotation: false,
      rotationPollIntervalMs: 2 * MINUTE_MS,
      firstTickMs: null,
    },
  );
  expect(linesOf(story)[1]).toContain("rotation is off: it never polls");
});

test("what else happens to secrets, pods, commands and access has its words", () => {
  const id = { namespace: "default", name: "busybox", uid: "u" };
  const story = begun()
    .at(1)
    .record("vault.secret.set", "keyvault/kvdemo", "s", setSecret("a"))
    .record("vault.secret.deleted", "keyvault/kvdemo", "s", {
      vault: "kvdemo",
      name: "a",
    })
    .record("vault.access.changed", "keyvault/kvdemo", "kvdemo", {
      vault: "kvdemo",
      mode: "accessPolicy",
      policies: 1,
    })
    .record("command", "world", "x", {
      kind: "apply",
      id: "",
      target: "default/Pod/other",
    })
    .record("command", "world", "x", {
      kind: "delete",
      id: "",
      target: "default/Pod/busybox",
    })
    .record("command.refused", "world", "x", {
      kind: "apply",
      id: "",
      error: "Pod other is invalid",
    })
    .record("kubelet.pod.terminating", "node-0/kubelet", "default/busybox", id)
    .record("kubelet.pod.gone", "node-0/kubelet", "default/busybox", id)
    .record("api.object.deleted", "api-server", "default/Secret/app", {
      kind: "Secret",
      namespace: "default",
      name: "app",
      uid: "s",
      resourceVersion: 3,
      generation: 0,
      by: "garbage-collector",
    });
  expect(linesOf(story).slice(1)).toEqual([
    "  +00:00.001  vault           v1  a set in kvdemo",
    "  +00:00.001  vault               a deleted in kvdemo",
    "  +00:00.001  vault               access of kvdemo: accessPolicy, 1 policy",
    "  +00:00.001  user                applied Pod other",
    "  +00:00.001  user                deleted Pod busybox",
    "  +00:00.001  user                apply refused",
    "                                  Pod other is invalid",
    "  +00:00.001  kubelet node-0      pod busybox is terminating",
    "  +00:00.001  kubelet node-0      pod busybox is gone",
    "  +00:00.001  api                 Secret app deleted by garbage-collector",
  ]);
});

test("a newer version of equal bytes is told as left alone", () => {
  const id = { namespace: "default", name: "busybox", uid: "u" };
  const file = (ordinal: number) => ({
    path: "secret1",
    object: "kvdemo/secrets/secret1",
    version: `v${ordinal}`,
    ordinal,
    form: "as-is",
  });
  const volume = (ordinal: number) => ({
    ...id,
    volume: "store",
    kind: "csi",
    files: [file(ordinal)],
  });
  const story = begun()
    .record("kubelet.pod.added", "node-0/kubelet", "default/busybox", {
      ...id,
      node: "node-0",
      volumes: [],
      mounts: [],
    })
    .record(
      "volume.switched",
      "node-0/csi-driver",
      "default/busybox",
      volume(1),
    )
    .record("kubelet.pod.running", "node-0/kubelet", "default/busybox", id)
    .at(5000)
    .record(
      "volume.verified",
      "node-0/csi-driver",
      "default/busybox",
      volume(2),
    );
  expect(linesOf(story).at(-1)).toBe(
    "  +00:05.000  driver node-0   v2  equal bytes, kept busybox:store/secret1",
  );
});

test("a setup of many secrets takes one line", () => {
  const story = begun();
  for (let i = 0; i < 12; i++)
    story.record(
      "vault.secret.set",
      "keyvault/kvdemo",
      `s${i}`,
      setSecret(`s${i}`),
    );
  expect(linesOf(story).slice(1)).toEqual([
    "  +00:00.000  vault      12 secret versions set",
  ]);
});

test("past the limit alike lines are folded, with how many and until when", () => {
  const story = begun();
  for (let pod = 0; pod < 50; pod++) {
    const id = { namespace: "default", name: `pod-${pod}`, uid: `u${pod}` };
    story
      .at(1000 + pod)
      .record("kubelet.pod.gone", "node-0/kubelet", `default/pod-${pod}`, id);
  }
  story
    .at(60_000)
    .record("vault.secret.set", "keyvault/kvdemo", "a", setSecret("a", 2));
  expect(linesOf(story, { limit: 10 }).slice(1)).toEqual([
    "  +00:01.000  kubelet node-0      pod pod-0 is gone",
    "  +00:01.001  kubelet node-0      pod pod-1 is gone",
    "           …  48 more pods gone, the last at +00:01.049",
    "  +01:00.000  vault           v2  a set in kvdemo",
  ]);
});

test("where folding is not enough the middle is left out and says so", () => {
  const story = begun();
  for (let i = 0; i < 50; i++)
    story
      .at(i * MINUTE_MS + 1)
      .record(
        "vault.secret.set",
        "keyvault/kvdemo",
        "a",
        setSecret("a", i + 1),
      );
  const lines = linesOf(story, { limit: 9 }).slice(1);
  expect(lines).toHaveLength(9);
  expect(lines[4]).toBe(
    "           …  42 more lines; all facts are in trace.ndjson (--out)",
  );
  expect(lines.at(-1)).toContain("v50");
});

test("a trace that starts later counts from its own start", () => {
  expect(
    linesOf(
      new Story()
        .at(HOUR_MS)
        .record("world.started", "w", "w", { nodes: [], settings: {} }),
    ),
  ).toEqual([
    `  +mm:ss.mmm  since ${new Date(START + HOUR_MS).toISOString().slice(0, 19).replace("T", " ")} UTC`,
  ]);
});

import fc from "fast-check";
import { expect, test } from "vitest";

import { escaped } from "../../../src/emulator/views/mermaid.ts";
import { SequenceDiagram } from "../../../src/emulator/views/sequence.ts";
import { MINUTE_MS } from "../../../src/kernel/time.ts";
import { aRequest } from "./audit-support.ts";
import { aPod, aRun } from "../../support/facts.ts";
import type { Run } from "../../support/facts.ts";
import {
  createContainer,
  publish,
  republish,
  setCertificate,
  setKey,
} from "../../support/facts-node.ts";
import { BUSYBOX, SETTINGS, Story, rotationStory } from "./story.ts";

test("one rotation is drawn from the vault to the pod, with quiet polls as loops", () => {
  expect(rotationStory().tell(new SequenceDiagram()).text())
    .toBe(`sequenceDiagram
  actor user0 as User
  participant vault0 as Key Vault kvdemo
  participant driver0 as CSI driver node-0
  participant api0 as API server
  participant kubelet0 as kubelet node-0
  participant pod0 as pod busybox
  user0->>vault0: +00:00.000 set secret1 v1
  driver0->>vault0: +00:00.400 get secret1 for busybox
  vault0-->>driver0: +00:00.400 secret1 v1
  driver0->>pod0: +00:00.450 switch secrets-store: secret1 v1
  driver0->>api0: +00:00.480 create Secret app-secret: mysecret1 v1
  kubelet0->>pod0: +00:00.700 switch secret-volume: mysecret1 v1
  kubelet0->>pod0: +00:01.870 containers run
  loop 5 quiet polls, every 2m
    driver0->>vault0: poll for busybox
    vault0-->>driver0: nothing new
  end
  user0->>vault0: +10:00.000 set secret1 v2
  driver0->>vault0: +11:43.190 get secret1 for busybox
  vault0-->>driver0: +11:43.190 secret1 v2
  driver0->>pod0: +11:43.210 switch secrets-store: secret1 v2
  driver0->>api0: +11:43.230 patch Secret app-secret: mysecret1 v2
  kubelet0->>pod0: +12:21.092 switch secret-volume: mysecret1 v2
  loop 4 quiet polls, every 2m
    driver0->>vault0: poll for busybox
    vault0-->>driver0: nothing new
  end
`);
});

test("Mermaid's specials become entities and line breaks become spaces", () => {
  expect(escaped('a;b#c %%x <i>{d}"q"\r\nz')).toBe(
    "a#59;b#35;c #37;#37;x #60;i#62;#123;d#125;#34;q#34; z",
  );
  expect(escaped("+11:43.201 get secret1: v2 -->> pod")).toBe(
    "+11:43.201 get secret1: v2 --#62;#62; pod",
  );
});

test("escaped text holds nothing that ends a statement", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (raw) => {
      expect(escaped(raw).replace(/#\d+;/g, "")).not.toMatch(
        /[#;<>%\n\r\u2028]/,
      );
    }),
    { seed: 7 },
  );
});

test("a name with specials in it stays one participant on one line", () => {
  const lines = rotationStory({ ...BUSYBOX, name: "a;b\n#c" })
    .tell(new SequenceDiagram())
    .text()
    .split("\n");
  expect(lines).toContain("  participant pod0 as pod a#59;b #35;c");
  expect(
    lines
      .filter((line) => /^ {2}\S+->>/.test(line))
      .every((line) => / \+\d\d:\d\d\.\d{3} /.test(line)),
  ).toBe(true);
});

/** Pods that are polled in vain every two minutes. */
function quietPods(count: number): Story {
  const story = new Story().record("world.started", "world", "world", {
    nodes: ["node-0"],
    settings: SETTINGS,
  });
  for (let tick = MINUTE_MS; tick < 10 * MINUTE_MS; tick += 2 * MINUTE_MS)
    for (let pod = 0; pod < count; pod++)
      story.at(tick).repeat({
        type: "csi.rotation.unchanged",
        at: "node-0/csi-driver",
        about: `default/pod-${pod}`,
        data: {
          namespace: "default",
          name: `pod-${pod}`,
          secretProviderClass: "spc",
          error: "",
        },
      });
  return story.end(10 * MINUTE_MS);
}

test("a few pods have a loop each, many share one a node", () => {
  const loops = (pods: number) =>
    quietPods(pods)
      .tell(new SequenceDiagram())
      .text()
      .split("\n")
      .filter((line) => line.includes("loop"));
  expect(loops(2)).toEqual([
    "  loop 5 quiet polls, every 2m",
    "  loop 5 quiet polls, every 2m",
  ]);
  expect(loops(40)).toEqual(["  loop 200 quiet polls, every 2m"]);
});

test("a long run is cut and says how much is missing", () => {
  const text = rotationStory().tell(new SequenceDiagram()).text({ limit: 3 });
  expect(text.match(/->>/g)).toHaveLength(3 + 2);
  expect(text).toContain("Note over vault0: 10 more messages");
});

test("the drawing holds no value and is the same each time", () => {
  const diagram = rotationStory().tell(new SequenceDiagram());
  expect(diagram.text()).toBe(diagram.text());
  expect(diagram.text()).not.toMatch(/the (first|second) value/);
});

test("failures are drawn once with how often they came", () => {
  const story = new Story().record("world.started", "world", "world", {
    nodes: ["node-0"],
    settings: SETTINGS,
  });
  const failed = {
    namespace: "default",
    name: "busybox",
    secretProviderClass: "spc",
    error: "403",
  };
  for (const tick of [1, 2, 3])
    story.at(tick * MINUTE_MS).repeat({
      type: "csi.rotation.failed",
      at: "node-0/csi-driver",
      about: "default/busybox",
      data: failed,
    });
  expect(
    story
      .end(5 * MINUTE_MS)
      .tell(new SequenceDiagram())
      .text(),
  ).toContain("driver0->>pod0: +01:00.000 rotation failed, 3 times");
});

test("reads that the vault refused are drawn once with their status", () => {
  const story = new Story().record("world.started", "world", "world", {
    nodes: ["node-0"],
    settings: SETTINGS,
  });
  for (const second of [1, 2, 4]) {
    const {
      seq: _seq,
      t: _t,
      ...input
    } = aRequest({
      status: 403,
      version: null,
      ordinal: null,
    });
    story.at(second * 1000).repeat(input);
  }
  const text = story.end(MINUTE_MS).tell(new SequenceDiagram()).text();
  expect(text.split("\n").slice(3, -1)).toEqual([
    "  driver0->>vault0: +00:01.000 get secret1 for busybox",
    "  vault0-->>driver0: +00:01.000 403 Forbidden, 3 times",
  ]);
});

function messages(run: Run): string[] {
  const sequence = new SequenceDiagram();
  for (const fact of run.facts) sequence.fact(fact);
  return sequence
    .text()
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => !/^(participant|actor|sequenceDiagram|$)/.test(line));
}

test("quiet publishes of a driver from 1.6 on are loops, masked failures are drawn once", () => {
  const run = aRun({ settings: { driver: { version: "1.6.0" } } });
  const pod = run.addPod(aPod());
  publish(run.at("1s"), pod, "unchanged", { first: true });
  for (const at of ["1m", "2m10s", "3m30s"])
    publish(run.at(at), pod, "unchanged");
  for (const at of ["5m", "6m"])
    publish(run.at(at), pod, "masked", { error: "403 Forbidden" });
  run.end("7m");
  expect(messages(run)).toEqual([
    "loop 3 quiet polls",
    "driver0->>driver0: poll for busybox",
    "driver0-->>driver0: nothing new",
    "end",
    "driver0->>pod0: +05:00.000 poll failed unnoticed, 2 times",
  ]);
});

test("keys, certificates and containers that are created anew are drawn with their versions", () => {
  const run = aRun();
  const pod = run.addPod(aPod());
  const { certificate, key } = setCertificate(run, "web");
  setKey(run, "signing");
  const tick = run.at("1m").tick("node-0");
  run.get(pod, certificate, tick, { operation: "CertificateGet" });
  run.get(pod, key, tick, { operation: "KeyGet" });
  createContainer(run, pod, { variables: { PASSWORD: certificate } });
  createContainer(run.at("2m"), pod, {
    attempt: 1,
    variables: { PASSWORD: certificate },
  });
  run.end("3m");
  expect(messages(run)).toEqual([
    "user0->>vault0: +00:00.000 set certificate web v1",
    "user0->>vault0: +00:00.000 set key signing v1",
    "driver0->>vault0: +01:00.000 get web for busybox",
    "vault0-->>driver0: +01:00.000 web v1",
    "driver0->>vault0: +01:00.000 get web for busybox",
    "vault0-->>driver0: +01:00.000 web v1",
    "kubelet0->>pod0: +02:00.000 restart busybox: PASSWORD v1",
  ]);
});

test("a rotation by republish is drawn like any other", () => {
  const run = aRun({ settings: { driver: { version: "1.6.0" } } });
  const pod = run.addPod(aPod());
  republish(run.at("1m"), pod, run.setSecret("secret1"));
  run.end("2m");
  expect(messages(run).map((line) => line.replace(/^.*: /, ""))).toEqual([
    "set secret1 v1".replace(/^/, "+01:00.000 "),
    "+01:00.065 get secret1 for busybox",
    "+01:00.065 secret1 v1",
    "secret1 v1",
    "mysecret1 v1",
  ]);
});

test("a program that asks the vault itself is drawn as the asker, and no driver", () => {
  const run = aRun();
  const pod = run.addPod(aPod());
  const v1 = run.setSecret("secret1");
  run.get(pod, v1, v1.set, { userAgent: "azsdk-js-keyvault-secrets/4.8.0" });
  run.end("1m");
  expect(messages(run).slice(-2)).toEqual([
    "pod0->>vault0: +00:00.000 get secret1",
    "vault0-->>pod0: +00:00.000 secret1 v1",
  ]);
});

test("a lane writes its Secret itself", () => {
  const run = aRun();
  const v1 = run.setSecret("secret1");
  const content = { key: "password", ...v1 };
  run.apiObject("created", "Secret", "eso-secret", {
    by: "lane/eso",
    contents: [content],
  });
  run.end("1m");
  expect(messages(run).slice(-1)).toEqual([
    "lane0->>api0: +00:00.000 create Secret eso-secret: password v1",
  ]);
});

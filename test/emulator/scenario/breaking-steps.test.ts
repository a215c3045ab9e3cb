/** Steps that look into pods or break something: what they mean, and their mistakes. */
import { describe, expect, it } from "vitest";

import { WITH_POD, commandOf, loadText, mistakesOf, step } from "./support.ts";

const MINUTE = 60_000;
const POD = { namespace: "default", pod: "busybox" };

describe("exec and kill steps", () => {
  it.each<[string, object]>([
    [
      "exec: {pod: busybox, command: [cat, /x]}",
      { kind: "exec", exec: "exec-1", ...POD, container: null },
    ],
    [
      "exec: {pod: default/busybox, container: side, command: [cat, /x]}",
      { kind: "exec", exec: "exec-1", ...POD, container: "side" },
    ],
  ])("%s", (body, command) => {
    expect(commandOf(body)).toEqual({ ...command, command: ["cat", "/x"] });
  });

  it("run one text with sh -c", () => {
    const body = 'exec: {pod: busybox, command: "cat /x | wc -c"}';
    expect(commandOf(body)).toMatchObject({
      command: ["sh", "-c", "cat /x | wc -c"],
    });
  });

  it("count executions in the order of time, whatever the order of the file", () => {
    const later = "{at: 14m, exec: {pod: busybox, command: [later]}}";
    const sooner = "{at: 1m, id: s, exec: {pod: busybox, command: [sooner]}}";
    const { steps } = loadText(`${WITH_POD}  - ${later}\n  - ${sooner}\n`);
    const execs = steps.flatMap(({ command }) =>
      command.kind === "exec" ? [[command.exec, command.command[0]]] : [],
    );
    expect(execs).toEqual([
      ["exec-1", "sooner"],
      ["exec-2", "later"],
    ]);
  });

  it("expect an exit code, a text or both, in lines before those of `expect`", () => {
    const text = step(
      "id: read, exec: {pod: busybox, command: [cat, /x]}",
      ", expect: {stdout: v2, exitCode: 0}",
    );
    const line = `expect:\n  - {object: pod/busybox, exists: true}\n`;
    const { expectations } = loadText(text + line);
    expect(expectations.map(({ name }) => name)).toEqual([
      "exec read in busybox at 13m prints the expected text and exits with 0",
      "pod/busybox exists at the end",
    ]);
  });

  it("kill with SIGKILL unless told", () => {
    const kill = { kind: "kill", ...POD, container: "side" };
    expect(commandOf("kill: {pod: busybox, container: side}")).toEqual({
      ...kill,
      exitCode: 137,
    });
    expect(
      commandOf("kill: {pod: busybox, container: side, exitCode: 1}"),
    ).toEqual({ ...kill, exitCode: 1 });
  });

  it.each<[string, string]>([
    [
      "exec: {pod: busybx, command: [cat]}",
      'busybx: there is no Pod "busybx" in namespace default; did you mean "busybox"?',
    ],
    [
      "exec: {pod: deployment/web, command: [cat]}",
      'deployment/web: there is no Deployment "web" in namespace default',
    ],
    [
      "exec: {pod: busybox, container: sid, command: [cat]}",
      'sid: the pod "busybox" has no container "sid"; did you mean "side"?',
    ],
    ["exec: {pod: busybox}", '{: the key "command" is missing'],
    ["exec: {pod: busybox, command: []}", "[: command: must not be empty"],
    ["exec: {pod: busybox, cmd: [cat]}", 'cmd: unknown key "cmd"'],
    [
      "kill: {pod: busybox}",
      'busybox: the pod "busybox" has 2 containers: main and side',
    ],
    [
      "kill: {pod: busybox, container: main, exitCode: 256}",
      "256: exitCode: must be a whole number from 0 to 255",
    ],
  ])("refuse %s", (body, says) => {
    expect(mistakesOf(body)).toContain(says);
  });

  it("refuse an outcome that says nothing, or of another step", () => {
    const exec = "exec: {pod: busybox, command: [cat]}";
    expect(mistakesOf(exec, ", expect: {}")).toEqual([
      "{: expect: needs stdout, exitCode or both",
    ]);
    expect(mistakesOf(exec, ", expect: {stdot: a}")).toEqual([
      'stdot: unknown key "stdot"; did you mean "stdout"?',
    ]);
    const drop = "deleteSecret: {vault: kvdemo, name: secret1}";
    expect(mistakesOf(drop, ", expect: {exitCode: 0}")[0]).toContain(
      'unknown key "expect"',
    );
  });
});

describe("restart and fault steps", () => {
  it.each<[string, object]>([
    [
      "restart: {node: }",
      { kind: "restart", what: "node", node: null, downForMs: null },
    ],
    [
      "restart: {driver: node-0, downFor: 5s}",
      { kind: "restart", what: "driver", node: "node-0", downForMs: 5000 },
    ],
    [
      "restart: {apiServer: }",
      { kind: "restart", what: "apiServer", node: null, downForMs: null },
    ],
    [
      "fault: {vault: KVDEMO, respond: 429, for: 1m}",
      {
        kind: "fault",
        fault: {
          target: "vault",
          vault: "kvdemo",
          operation: null,
          object: null,
          effect: { kind: "respond", status: 429 },
        },
        forMs: MINUTE,
      },
    ],
    [
      "fault: {vault: kvdemo, operation: SecretGet, object: Secret1, respond: {status: 503, code: C, message: m, retryAfter: 7s}, for: 1m}",
      {
        kind: "fault",
        fault: {
          target: "vault",
          vault: "kvdemo",
          operation: "SecretGet",
          object: "secret1",
          effect: {
            kind: "respond",
            status: 503,
            code: "C",
            message: "m",
            retryAfterSeconds: 7,
          },
        },
        forMs: MINUTE,
      },
    ],
    [
      "fault: {link: , to: vault, latency: 5s, for: 1m}",
      {
        kind: "fault",
        fault: {
          target: "link",
          node: null,
          to: "vault",
          effect: { kind: "slow", byMs: 5000 },
        },
        forMs: MINUTE,
      },
    ],
    [
      "fault: {entra: , drop: true, for: 1m}",
      {
        kind: "fault",
        fault: { target: "entra", effect: { kind: "drop" } },
        forMs: MINUTE,
      },
    ],
    [
      "fault: {provider: node-0, refuse: true, for: 1m}",
      {
        kind: "fault",
        fault: {
          target: "provider",
          node: "node-0",
          effect: { kind: "refuse" },
        },
        forMs: MINUTE,
      },
    ],
    [
      "fault: {apiServer: , drop: true, for: 1m}",
      {
        kind: "fault",
        fault: { target: "apiServer", effect: { kind: "drop" } },
        forMs: MINUTE,
      },
    ],
    [
      "fault: {watches: node-0, drop: true, for: 1m}",
      {
        kind: "fault",
        fault: { target: "watch", node: "node-0" },
        forMs: MINUTE,
      },
    ],
  ])("%s", (body, command) => {
    expect(commandOf(body)).toEqual(command);
  });

  it.each<[string, string]>([
    [
      "restart: {}",
      "{: restart: needs one of node, kubelet, driver, provider, apiServer, reloader, lane",
    ],
    ["restart: {nod: }", 'nod: unknown key "nod"; did you mean "node"?'],
    [
      "restart: {driver: , provider: }",
      'provider: a restart is of one thing; this one has "driver" and "provider"',
    ],
    [
      "restart: {driver: nod-0}",
      'nod-0: there is no node "nod-0"; did you mean "node-0"?',
    ],
    ["restart: {lane: eso}", 'eso: there is no lane "eso"'],
    ["restart: {apiServer: a}", "a: apiServer: expected nothing, found text"],
    ["restart: {node: , downFor: 0s}", "0s: downFor: must be longer than 0s"],
    [
      "fault: drop",
      "drop: fault: a fault is a mapping like {vault: …, drop: true}",
    ],
    [
      "fault: {vault: kvdemo, for: 1m}",
      "{: fault: needs one of respond, latency, drop, refuse",
    ],
    [
      "fault: {drop: true, for: 1m}",
      "{: fault: needs one of vault, link, entra, provider, apiServer, watches",
    ],
    [
      "fault: {vault: kvdemo, entra: , drop: true, for: 1m}",
      'entra: a fault is of one thing; this one has "vault" and "entra"',
    ],
    [
      "fault: {vault: kvdemo, drop: true, latency: 5s, for: 1m}",
      'drop: a fault breaks in one way; this one has "latency" and "drop"',
    ],
    [
      "fault: {vault: kvdemo, latncy: 5s, for: 1m}",
      'latncy: unknown key "latncy"; did you mean "latency"?',
    ],
    [
      "fault: {valt: kvdemo, drop: true, for: 1m}",
      'valt: unknown key "valt"; did you mean "vault"?',
    ],
    [
      "fault: {vault: kvdem, drop: true, for: 1m}",
      'kvdem: there is no vault "kvdem"; did you mean "kvdemo"?',
    ],
    [
      "fault: {vault: kvdemo, object: secrt1, drop: true, for: 1m}",
      'secrt1: there is no object "secrt1" in vault kvdemo; did you mean "secret1"?',
    ],
    [
      "fault: {vault: kvdemo, operation: SecretGt, drop: true, for: 1m}",
      'SecretGt: there is no operation "SecretGt"; did you mean "SecretGet"?',
    ],
    [
      "fault: {vault: kvdemo, respond: 200, for: 1m}",
      "200: respond: must be a whole number from 400 to 599",
    ],
    [
      "fault: {vault: kvdemo, respond: {status: 429, retryAfter: 1500ms}, for: 1m}",
      "1500ms: Retry-After is a whole number of seconds",
    ],
    [
      "fault: {vault: kvdemo, drop: false, for: 1m}",
      "false: drop: must be true",
    ],
    ["fault: {vault: kvdemo, drop: true}", '{: the key "for" is missing'],
    [
      "fault: {link: node-0, to: kvdemo, drop: true, for: 1m}",
      'kvdemo: to: must be "vault" or "entra" or "apiServer"',
    ],
    [
      "fault: {link: node-0, to: vault, respond: 429, for: 1m}",
      'respond: unknown key "respond"',
    ],
    [
      "fault: {watches: node-1, drop: true, for: 1m}",
      'node-1: there is no node "node-1"; did you mean "node-0"?',
    ],
  ])("refuse %s", (body, says) => {
    expect(mistakesOf(body)).toEqual([says]);
  });
});

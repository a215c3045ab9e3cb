/** Steps and sinks of containers, played: what a scenario file says is what happens and what is judged. */
import { describe, expect, test } from "vitest";

import { journalText } from "../../../src/emulator/journal/record.ts";
import { playScenario } from "../../../src/emulator/scenario/run.ts";
import type { PlayedScenario } from "../../../src/emulator/scenario/run.ts";
import { HEAD, loadText } from "./support.ts";

const SCENARIO = `${HEAD}settings: {addon: {enableSecretRotation: true}}
nodes: 2
vaults:
  - name: kvdemo
    secrets: {secret1: the first value}
    certificates: {tls: {}}
manifests:
  - apiVersion: secrets-store.csi.x-k8s.io/v1
    kind: SecretProviderClass
    metadata: {name: kv}
    spec:
      provider: azure
      parameters:
        keyvaultName: kvdemo
        tenantID: 8d1f0000-0000-4000-8000-000000000001
        clientID: 5c3f0000-0000-4000-8000-000000000002
        objects: |
          array:
            - "{objectName: secret1, objectType: secret}"
            - "{objectName: tls, objectType: cert, objectAlias: tls.crt}"
      secretObjects:
        - {secretName: app-secret, type: Opaque, data: [{objectName: secret1, key: password}]}
  - apiVersion: v1
    kind: Pod
    metadata: {name: app}
    spec:
      containers:
        - name: main
          image: busybox
          env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: app-secret, key: password}}}]
          volumeMounts:
            - {name: store, mountPath: /mnt/store}
            - {name: store, mountPath: /etc/key, subPath: secret1}
      volumes:
        - {name: store, csi: {driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: {secretProviderClass: kv}}}
steps:
  - {at: 5m, id: rotate, setSecret: {vault: kvdemo, name: secret1, value: the second value}}
  - {at: 5m, id: renew, setCertificate: {vault: kvdemo, name: tls}}
`;

function play(more: string): PlayedScenario {
  return playScenario(loadText(SCENARIO + more));
}

/** `passed: what happened` of each line. */
function verdicts({ results }: PlayedScenario): string[] {
  return results.map(({ passed, actual }) => `${passed}: ${actual}`);
}

const FILE = 'sink: {file: "app:/mnt/store/secret1"}';
const PINNED = 'sink: {file: "app:/etc/key"}';
const VARIABLE = 'sink: {env: "app:PASSWORD"}';

describe("sinks of a container", () => {
  test("follow, or never do, or do with a new container", () => {
    const played = play(`  - {at: 15m, kill: {pod: app}}
expect:
  - {${FILE}, sees: rotate, within: 2m10s}
  - {sink: {file: "app:/mnt/store/tls.crt"}, sees: renew, within: 2m10s}
  - {${VARIABLE}, at: 14m, holds: the first value}
  - {${PINNED}, at: 14m, holds: the first value}
  - {${VARIABLE}, at: 16m, holds: the second value}
  - {${PINNED}, at: 16m, holds: the second value}
  - {${VARIABLE}, sees: rotate, within: 11m}
  - {${PINNED}, sees: rotate, within: 9m59s}
`);
    expect(played.results.map(({ passed }) => passed)).toEqual([
      ...Array.from({ length: 7 }, () => true),
      false,
    ]);
    const { actual, chain } = played.results.at(-1)!;
    expect(actual).toMatch(/^app:\/etc\/key saw v2 of .* after the step$/);
    expect(chain?.hops.map(({ label }) => label)).toEqual([
      "command",
      "set",
      "poll",
      "file",
      "restart",
    ]);
  });

  test("that no container ever changes are never seen", () => {
    const played = play(`expect:
  - {${VARIABLE}, sees: rotate, never: true}
  - {${PINNED}, sees: rotate, never: true}
`);
    expect(verdicts(played)).toEqual([
      "true: app:PASSWORD holds v1 of kvdemo/secrets/secret1 at the end (20m)",
      "true: app:/etc/key holds v1 of kvdemo/secrets/secret1 at the end (20m)",
    ]);
  });
});

describe("exec", () => {
  test("prints what the container has at that time", () => {
    const played =
      play(`  - {at: 4m, exec: {pod: app, command: [cat, /mnt/store/secret1]}, expect: {stdout: the first value, exitCode: 0}}
  - {at: 14m, exec: {pod: app, command: [cat, /mnt/store/secret1]}, expect: {stdout: the second value}}
  - {at: 14m, exec: {pod: app, command: 'echo "$PASSWORD"'}, expect: {stdout: the second value}}
  - {at: 14m, exec: {pod: app, command: [nothing-like-it]}, expect: {exitCode: 127}}
  - {at: 19m, exec: {pod: app, command: [sleep, "61"]}, expect: {exitCode: 0}}
`);
    expect(verdicts(played)).toEqual([
      'true: it printed "<v1 of kvdemo/secrets/secret1>" and exited with 0',
      'true: it printed "<v2 of kvdemo/secrets/secret1>" and exited with 0',
      'false: it printed "<v1 of kvdemo/secrets/secret1>" and exited with 0',
      expect.stringContaining("and exited with 127"),
      "false: it still ran at the end (20m)",
    ]);
    expect(played.results[2]!.chain).toMatchObject({
      sink: { kind: "env", variable: "PASSWORD" },
    });
  });

  test("of a pod that is gone is refused, and its line fails with kubectl's words", () => {
    const played = play(`  - {at: 6m, delete: pod/app}
  - {at: 8m, exec: {pod: app, command: [ls]}, expect: {exitCode: 0}}
`);
    expect(verdicts(played)).toEqual([
      'false: it was refused: pods "app" not found',
    ]);
    expect(played.refusals).toHaveLength(1);
  });
});

test("a journal with every new kind of step replays to the same facts", () => {
  const scenario =
    loadText(`${SCENARIO}  - {at: 1m, exec: {pod: app, command: "cat /etc/key; sleep 3; env"}}
  - {at: 2m, setKey: {vault: kvdemo, name: sign, keyType: EC}}
  - {at: 6m, fault: {vault: kvdemo, operation: SecretGet, respond: {status: 429, retryAfter: 2s}, for: 1m}}
  - {at: 7m30s, fault: {link: node-0, to: vault, drop: true, for: 1m}}
  - {at: 8m, fault: {link: , to: apiServer, latency: 300ms, for: 1m}}
  - {at: 9m, fault: {entra: , respond: 503, for: 30s}}
  - {at: 10m, fault: {provider: , refuse: true, for: 20s}}
  - {at: 11m, fault: {watches: , drop: true, for: 20s}}
  - {at: 12m, restart: {driver: }}
  - {at: 13m, restart: {provider: node-1, downFor: 4s}}
  - {at: 14m, kill: {pod: app, exitCode: 2}}
  - {at: 15m, restart: {kubelet: }}
  - {at: 16m, restart: {apiServer: , downFor: 5s}}
`);
  const first = playScenario(scenario);
  const { seed, start, duration, profile, settings, nodes } = scenario;
  const text = journalText({
    name: "again",
    title: "",
    seed,
    start,
    duration,
    profile,
    settings,
    nodes,
    journal: first.world.journal,
  });
  const again = playScenario(loadText(text));
  expect(again.world.traceHash).toBe(first.world.traceHash);
  expect(first.refusals).toEqual([]);
});

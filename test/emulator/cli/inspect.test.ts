/** `keyturn inspect`: what a container sees, and that values stay off pipes. */
import { expect, test } from "vitest";

import { CANARIES, aScenario, folderWith, keyturn } from "./support.ts";

const FILES = { "small.yaml": aScenario() };

test("shows each file with the version behind it, at the instant that is asked for", async () => {
  const folder = folderWith(FILES);
  const line = `inspect ${folder}/small.yaml --pod busybox`;
  const early = await keyturn(`${line} --at 5m`);
  expect([early.code, early.err]).toEqual([0, ""]);
  expect(early.out).toContain("default/busybox, container busybox at 5m");
  expect(early.out).toContain(
    "  /mnt/store/secret1  v1 of kvdemo/secrets/secret1\n",
  );
  const late = await keyturn(line);
  expect(late.out).toContain("v2 of kvdemo/secrets/secret1\n");
});

test("shows values to somebody who looks or asks for them, and to no pipe", async () => {
  const folder = folderWith(FILES);
  const line = `inspect ${folder}/small.yaml --pod busybox`;
  const [, second] = CANARIES;
  expect((await keyturn(line)).out).not.toContain(second);
  expect((await keyturn(`${line} --show-values`)).out).toContain(second);
  const looking = await keyturn(line, { interactive: true });
  expect(looking.out).toContain(`= "${second}"`);
});

test.each([
  ["--pod busybox --at 1ms", "none of its containers runs at that time"],
  ["--pod nobody", 'pods "nobody" not found in namespace default'],
  ["--pod busybox --container side", "container side is not valid for pod"],
  ["--pod busybox --at 21m", "the scenario plays 20m"],
  ["", "required option"],
])("%s is bad input", async (options, says) => {
  const folder = folderWith(FILES);
  const { code, out, err } = await keyturn(
    `inspect ${folder}/small.yaml ${options}`,
  );
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(says);
});

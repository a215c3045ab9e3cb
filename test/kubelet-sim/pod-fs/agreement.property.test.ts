/** The pure model, memfs and a real directory are held to each other over random sequences of payloads. */
import fc from "fast-check";
import { mkdirSync } from "node:fs";
import { expect, it } from "vitest";
import { createDiskPodFs } from "../../../src/kubelet-sim/pod-fs/disk-pod-fs.ts";
import {
  materialise,
  payloadOf,
} from "../../../src/kubelet-sim/pod-fs/index.ts";
import { createMemfsPodFs } from "../../../src/kubelet-sim/pod-fs/memfs-pod-fs.ts";
import {
  heardAt,
  modelledFiles,
  ROOT,
  temporaryDirectory,
  TestVolume,
  treeDump,
  visibleFiles,
} from "./support.ts";

// Few names and contents, so that files meet again; some pairs turn a file into a directory and back.
const payload = fc
  .array(
    fc.record({
      path: fc.constantFrom("a", "b", "a/x", "d/x", "d/y", "d/e/z", ".h", "é"),
      bytes: fc.uint8Array({ maxLength: 2, max: 1 }),
      mode: fc.constantFrom(0o644, 0o400, 0o444, 0o600, 0o000, 0o777),
    }),
    { maxLength: 6 },
  )
  .map(payloadOf);

const history = fc.array(payload, { minLength: 1, maxLength: 8 });

it("keeps model, memfs and disk in agreement over any sequence of payloads", () => {
  const directory = temporaryDirectory();
  let runs = 0;
  fc.assert(
    fc.property(history, fc.boolean(), (payloads, linksBeforeSwitch) => {
      const own = `${directory}/${runs++}`;
      mkdirSync(own);
      const memory = new TestVolume(createMemfsPodFs());
      const disk = new TestVolume(createDiskPodFs(own));
      const heard = [memory, disk].map(({ fs }) => heardAt(fs, ROOT));
      for (const next of payloads) {
        const plan = memory.write(next, { linksBeforeSwitch });
        expect(disk.write(next, { linksBeforeSwitch })).toEqual(plan);
        if (plan.changed) expect(plan.image.payload).toBe(next);
        const expected = modelledFiles(plan.image.payload);
        expect(visibleFiles(memory.fs)).toEqual(expected);
        expect(visibleFiles(disk.fs)).toEqual(expected);
        expect(treeDump(disk.fs)).toEqual(treeDump(memory.fs));
        expect(memory.fs.mtime(ROOT)).toBe(plan.image.mtimeMs);
        expect(disk.fs.mtime(ROOT)).toBe(plan.image.mtimeMs);
      }
      expect(heard[1]).toEqual(heard[0]);

      const late = createMemfsPodFs();
      materialise(late, ROOT, memory.image);
      const names = (dump: string[]) =>
        dump.map((line) => line.replace(/ \d{13}/, ""));
      expect(names(treeDump(late))).toEqual(names(treeDump(memory.fs)));
    }),
    { seed: 20_240_429, numRuns: 60 },
  );
});

/** kubelet.md 4.3: what an fsGroup adds to a volume's directories. Files have their final modes when they are written. */
import { expect, it } from "vitest";
import {
  applyPlan,
  emptyVolume,
  materialise,
  planWrite,
} from "../../../src/kubelet-sim/pod-fs/index.ts";
import { aPayload, ARMS, ROOT, START_MS, treeDump } from "./support.ts";

const DIR = "..2024_04_29_09_00_01.1";
const PAYLOAD = aPayload({ plain: "x", "db/prod/pass": ["y", 0o440] });

it.each(ARMS)(
  "directories are setgid and passable for the group, whether written or laid out on $arm",
  ({ create }) => {
    const image = emptyVolume(START_MS, 2000);
    const options = { timestampDir: DIR, nowMs: START_MS + 1000 };
    const plan = planWrite(image, PAYLOAD, options);
    const written = create();
    materialise(written, ROOT, image);
    applyPlan(written, ROOT, plan);
    const mode = (path: string) => written.lstat(`${ROOT}${path}`).mode;
    expect(mode("")).toBe(0o3777);
    expect(mode(`/${DIR}`)).toBe(0o2755);
    expect(mode(`/${DIR}/db/prod`)).toBe(0o2755);
    expect(mode(`/${DIR}/db/prod/pass`)).toBe(0o440);
    const laidOut = create();
    materialise(laidOut, ROOT, plan.image);
    expect(treeDump(laidOut)).toEqual(treeDump(written));
  },
);

it("without one they are as ever", () => {
  const fs = ARMS[0]!.create();
  const options = { timestampDir: DIR, nowMs: START_MS };
  materialise(fs, ROOT, planWrite(null, PAYLOAD, options).image);
  expect(fs.lstat(ROOT).mode).toBe(0o1777);
  expect(fs.lstat(`${ROOT}/${DIR}`).mode).toBe(0o755);
});

import { test } from "vitest";
import { aRotation, SECRET_PROVIDER_CLASS, START } from "/work/main/test/support/facts.ts";
import { CSI_FILE, SECRET, SECRET_FILE, judge, sees } from "/work/main/test/support/scenarios.ts";
import { why } from "/work/main/src/emulator/views/why.ts";
import { summary } from "/work/main/src/emulator/views/summary.ts";
import { summaryText } from "/work/main/src/emulator/views/summary-text.ts";
import { boundOf } from "/work/main/src/emulator/views/bounds.ts";
import { boundSentence } from "/work/main/src/emulator/views/bound.ts";
import { classesOf } from "/work/main/src/emulator/trace/classes.ts";
test("x", () => {
  const { run } = aRotation();
  run.end("20m");
  const classes = classesOf([SECRET_PROVIDER_CLASS]);
  const o = { namespace: "default", classes };
  for (const at of [5, 11, 11.73, 15]) for (const s of [CSI_FILE, SECRET, SECRET_FILE])
    console.log(why(run, s, START + at * 60000, o));
  const results = [judge(run, sees(SECRET_FILE, { within: 92000, after: SECRET }))];
  const sum = summary({ ...run, index: run.index, sinks: run.sinks, usage: run.usage, classes, results, end: START + 1200000, scenario: { name: "x", seed: 1, start: START, profile: "aks", namespace: "default" } });
  console.log(JSON.stringify(sum, null, 1));
  console.log(summaryText(sum));
  for (const b of sum.rotations[0]!.sinks) console.log(boundSentence(b.bound));
});

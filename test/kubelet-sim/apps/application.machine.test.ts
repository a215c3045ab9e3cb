/** reloader.md 3.1, alternatives.md 7.1: how an application gets to know a new value, as transitions. */
import { describe } from "vitest";
import { applicationMachine } from "../../../src/kubelet-sim/apps/application.machine.ts";
import { after, testTable } from "../../support/machine-table.ts";

const idle = { looksFirst: true, hears: "nothing", delayMs: 0 };
const passed = (state: string, delay: string) =>
  after(applicationMachine, state, delay);
const heard = { type: "change.heard", delayMs: 10 };
const ended = { type: "look.ended", nextMs: null };
const each = { hears: "each" };
const one = { hears: "one" };

describe("application", () => {
  testTable(applicationMachine, idle, [
    {
      state: "looking",
      event: { type: "look.ended", nextMs: 300_000 },
      to: "waiting",
      then: { delayMs: 300_000 },
    },
    { state: "looking", event: ended, to: "resting" },
    { state: "looking", context: each, event: ended, to: "listening" },
    { state: "looking", context: one, event: ended, to: "listening" },
    { state: "looking", event: { type: "look.died" }, to: "gaveUp" },
    { state: "looking", event: heard, to: "looking" },
    {
      state: "waiting",
      event: passed("waiting", "INTERVAL"),
      to: "looking",
      effects: ["look"],
    },
    { state: "waiting", event: { type: "value.wanted" }, to: "waiting" },
    {
      state: "listening",
      context: each,
      event: heard,
      to: "reacting",
      then: { delayMs: 10 },
    },
    {
      state: "reacting",
      context: each,
      event: passed("reacting", "REACTION"),
      to: "looking",
      effects: ["look"],
    },
    { state: "reacting", context: each, event: heard, to: "reacting" },
    {
      state: "listening",
      context: one,
      event: heard,
      to: "lastReaction",
      effects: ["deafened"],
      then: { delayMs: 10 },
    },
    {
      state: "lastReaction",
      context: one,
      event: passed("lastReaction", "REACTION"),
      to: "lastLook",
      effects: ["look"],
    },
    { state: "lastReaction", context: one, event: heard, to: "lastReaction" },
    { state: "lastLook", context: one, event: ended, to: "deaf" },
    { state: "deaf", context: one, event: heard, to: "deaf" },
    {
      state: "resting",
      event: { type: "value.wanted" },
      to: "looking",
      effects: ["look"],
    },
    { state: "resting", event: heard, to: "resting" },
    { state: "gaveUp", event: { type: "value.wanted" }, to: "gaveUp" },
  ]);
});

import { describe, expect, it } from "vitest";
import {
  applyWatch,
  itemKey,
  keyOf,
  newInformer,
} from "../../../src/cluster-sim/client/index.ts";
import type {
  Stored,
  WatchEvent,
  WatchType,
} from "../../../src/cluster-sim/ports.ts";

function aStored(name: string, resourceVersion: string): Stored {
  const metadata = {
    name,
    namespace: "default",
    uid: "u",
    resourceVersion,
    generation: 1,
    creationTimestamp: "2024-04-29T09:00:00Z",
  };
  return { object: { apiVersion: "v1", kind: "Pod", metadata } };
}

const event = (change: WatchType, stored: Stored | null): WatchEvent => ({
  type: "watch",
  tag: {},
  change,
  stored,
});

describe("an informer", () => {
  it("tells what each event did to the cache", () => {
    const state = newInformer();
    const [one, two] = [aStored("a", "1"), aStored("a", "2")];
    expect(applyWatch(state, event("ADDED", one))).toEqual({
      type: "ADDED",
      before: null,
      after: one,
    });
    expect(applyWatch(state, event("MODIFIED", two))).toEqual({
      type: "MODIFIED",
      before: one,
      after: two,
    });
    expect(keyOf(two)).toBe(itemKey("default", "a"));
    expect(state.items.get(keyOf(two))).toBe(two);
    expect(applyWatch(state, event("DELETED", aStored("a", "3")))).toEqual({
      type: "DELETED",
      before: two,
      after: null,
    });
    expect(state.items.size).toBe(0);
  });

  it("is synced once the initial objects have arrived", () => {
    const state = newInformer();
    applyWatch(state, event("ADDED", aStored("a", "1")));
    expect(state.synced).toBe(false);
    expect(applyWatch(state, event("SYNCED", null))?.type).toBe("SYNCED");
    expect(state.synced).toBe(true);
  });

  it("takes an ADDED of what it holds for a change, and ignores a deletion of what it does not", () => {
    const state = newInformer();
    applyWatch(state, event("ADDED", aStored("a", "1")));
    const again = applyWatch(state, event("ADDED", aStored("a", "2")));
    expect(again?.type).toBe("MODIFIED");
    const unknown = event("DELETED", aStored("b", "3"));
    expect(applyWatch(state, unknown)).toBeNull();
  });
});

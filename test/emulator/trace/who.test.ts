import { describe, expect, test } from "vitest";
import type { Who } from "../../../src/emulator/trace/names.ts";
import { formatWho, whoMatches } from "../../../src/emulator/trace/who.ts";

const who = (kind: Who["kind"], name: string): Who => ({
  kind,
  name,
  namespace: "default",
});

describe("whoMatches", () => {
  test.each<[Who["kind"], string, string, boolean]>([
    ["pod", "web", "web", true],
    ["pod", "web", "web-0", false],
    ["deployment", "web", "web-7d9f8b6c5-x2k4z", true],
    ["deployment", "web", "web-api-7d9f8b6c5-x2k4z", false],
    ["deployment", "web-api", "web-api-7d9f8b6c5-x2k4z", true],
    ["deployment", "web", "web-x2k4z", false],
    ["daemonset", "web", "web-x2k4z", true],
    ["daemonset", "web", "web-x2k4", false],
    ["statefulset", "web", "web-12", true],
    ["statefulset", "web", "web-1a", false],
    ["statefulset", "web", "web", false],
  ])("%s %s has the pod %s: %s", (kind, name, pod, expected) => {
    expect(whoMatches(who(kind, name), "default", pod)).toBe(expected);
  });

  test("keeps namespaces apart", () => {
    expect(whoMatches(who("pod", "web"), "other", "web")).toBe(false);
  });

  test("is spelt with its namespace in messages", () => {
    expect(formatWho(who("pod", "web"))).toBe("default/web");
    expect(formatWho(who("deployment", "web"))).toBe("default/deployment/web");
  });
});

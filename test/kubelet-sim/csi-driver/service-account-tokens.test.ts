/** csi-driver.md 12.0: the tokens that a driver from 1.1 to 1.5 asks for itself. */
import { expect, it } from "vitest";
import { Rank } from "../../../src/kernel/event-queue.ts";
import { Simulation } from "../../../src/kernel/simulation.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/kernel/time.ts";
import {
  ServiceAccountTokens,
  renewalOf,
} from "../../../src/kubelet-sim/csi-driver/service-account-tokens.ts";
import { START } from "./support.ts";

/** Looks at the token at an instant; says when the one in use was issued, from the start. */
function using() {
  const sim = new Simulation({ seed: 1, start: START });
  const tokens = sim.add(new ServiceAccountTokens(sim, "node-0"));
  const at = (ms: number, ttlMs?: number) => {
    sim.schedule({
      at: START + ms,
      rank: Rank.application,
      target: tokens.name,
      event: { type: "look" },
    });
    sim.runUntil(START + ms);
    return tokens.use("a-uid", ttlMs).issuedAt - START;
  };
  return { at, tokens };
}

it("is kept for 80 % of its hour less the jitter's ten seconds, and renewed after 80 % at the latest [CSI-12.0-17]", () => {
  const { at } = using();
  const due = 48 * MINUTE_MS;
  expect(at(0)).toBe(0);
  expect(at(due - 10 * SECOND_MS)).toBe(0);
  expect(at(due + 1)).toBeGreaterThan(0);
});

it("is renewed somewhere in the last ten seconds, by draw [CSI-12.0-17]", () => {
  const { at } = using();
  const due = 48 * MINUTE_MS;
  at(0);
  const looks = Array.from({ length: 20 }, (_, i) => due - 9_900 + i * 500);
  const renewed = looks.find((look) => at(look) > 0);
  expect(renewed).toBeDefined();
  expect(renewed!).toBeGreaterThan(due - 10 * SECOND_MS);
});

it("is renewed after a day whatever its life [CSI-12.0-17]", () => {
  const { at } = using();
  const life = 100 * HOUR_MS;
  expect(at(0, life)).toBe(0);
  expect(at(24 * HOUR_MS - 10 * SECOND_MS, life)).toBe(0);
  expect(at(24 * HOUR_MS + 1, life)).toBeGreaterThan(0);
  expect(renewalOf({ issuedAt: 0, expiresAt: life })).toBe(24 * HOUR_MS);
});

it("is forgotten with the pod's volume and with the process", () => {
  const { at, tokens } = using();
  at(0);
  tokens.forget("a-uid");
  expect(at(MINUTE_MS)).toBe(MINUTE_MS);
  tokens.clear();
  expect(at(2 * MINUTE_MS)).toBe(2 * MINUTE_MS);
});

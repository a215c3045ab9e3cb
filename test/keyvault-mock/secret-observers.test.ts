import { expect, it } from "vitest";
import { ValueBook } from "../../src/kernel/content.ts";
import { Simulation } from "../../src/kernel/simulation.ts";
import type { Fact } from "../../src/kernel/trace.ts";
import { KeyVault } from "../../src/keyvault-mock/index.ts";
import type { SecretSet } from "../../src/keyvault-mock/index.ts";

it("tells of each new version of a secret at once, of a certificate's too, with its fact and its bytes", () => {
  const sim = new Simulation({ seed: 1, start: 0 });
  const values = sim.add(new ValueBook());
  const vaults = sim.add(new KeyVault({ sim, values, config: () => ({}) }));
  const facts: Fact[] = [];
  const sets: SecretSet[] = [];
  sim.trace.addSink({ fact: (fact) => facts.push(fact) });
  vaults.onSecretSet((set) => {
    expect(facts.at(-1)).toMatchObject({
      type: "vault.secret.set",
      seq: set.fact,
    });
    expect(values.get(set.content)).not.toBeNull();
    sets.push(set);
  });
  sim.command(() => {
    vaults.createVault({ name: "kvdemo", access: { mode: "open" } });
    vaults.setSecret("kvdemo", "password", { value: "v1" });
    vaults.setSecret("kvdemo", "password", { value: "v2" });
    vaults.setSecret("kvdemo", "", { value: "refused" });
    vaults.setCertificate("kvdemo", "tls");
  });
  expect(sets.map(({ name, ordinal }) => [name, ordinal])).toEqual([
    ["password", 1],
    ["password", 2],
    ["tls", 1],
  ]);
  expect(sets[1]!.content).toMatchObject({
    object: "kvdemo/secrets/password",
    version: sets[1]!.version,
    form: "as-is",
    from: sets[1]!.fact,
  });
});

import { describe, expect, test } from "vitest";
import {
  allSets,
  isVersion,
  leadingSets,
  newestAt,
  objectOf,
  setsByStep,
  stepOf,
  versionsOf,
} from "../../../src/emulator/trace/versions.ts";
import { whyChain } from "../../../src/emulator/trace/why-chain.ts";
import { START, aPod, aRun } from "../../support/facts.ts";
import { setCertificate, setKey } from "../../support/facts-node.ts";
import { file } from "../../support/scenarios.ts";

const names = (sets: Parameters<typeof objectOf>[0][]) =>
  sets.map((set) => `${objectOf(set)} v${set.data.ordinal}`);

describe("a certificate's three versions share an id and a step", () => {
  const run = aRun();
  run.setSecret("secret1");
  const first = setCertificate(run, "web");
  const second = setCertificate(run.at("10m"), "web", {
    ordinal: 2,
    step: "renew",
  });
  run.end("20m");
  const { index } = run;

  test("the step set all three, in the order of their facts", () => {
    expect(names(setsByStep(index, "renew"))).toEqual([
      "kvdemo/certificates/web v2",
      "kvdemo/keys/web v2",
      "kvdemo/secrets/web v2",
    ]);
    for (const set of setsByStep(index, "renew"))
      expect(stepOf(index, set)).toBe("renew");
  });

  test("each object has versions of its own", () => {
    for (const object of [first.key, first.certificate, first.secret]) {
      const versions = versionsOf(index, object.object);
      expect(versions.map(({ data }) => data.ordinal)).toEqual([1, 2]);
      expect(newestAt(index, object.object, START + 599_999)).toBe(versions[0]);
      expect(newestAt(index, object.object, START + 600_000)).toBe(versions[1]);
    }
  });

  test("a version is told by its object and its id, never by the id alone", () => {
    const [certificate, key, secret] = setsByStep(index, "renew");
    expect(isVersion(index, key!, second.key)).toBe(true);
    expect(isVersion(index, key!, second.certificate)).toBe(false);
    expect(isVersion(index, certificate!, second.secret)).toBe(false);
    expect(isVersion(index, secret!, second.secret, true)).toBe(true);
    expect(isVersion(index, secret!, first.secret)).toBe(false);
  });

  test("people hear of the certificate alone, and of keys and secrets that stand for themselves", () => {
    setKey(run, "signing");
    expect(names(leadingSets(index))).toEqual([
      "kvdemo/secrets/secret1 v1",
      "kvdemo/certificates/web v1",
      "kvdemo/certificates/web v2",
      "kvdemo/keys/signing v1",
    ]);
    expect(allSets(index)).toHaveLength(8);
  });
});

test("the chain of a key's file goes back to the key, not to the certificate of the same id", () => {
  const run = aRun();
  const pod = run.addPod(aPod());
  const { key, certificate } = setCertificate(run, "web");
  const sync = run.sync(pod, "add");
  const asked = [certificate, key].map((version) =>
    run.get(pod, version, sync, { operation: "KeyGet" }),
  );
  run
    .later(25)
    .file(pod, { "web.crt": certificate, "web.pub": key }, [...asked, sync]);
  run.end("1m");
  const chain = whyChain(
    run,
    file("busybox", "/mnt/secrets-store/web.pub"),
    START + 30_000,
  );
  expect(chain.hops.map(({ fact }) => fact.type)).toEqual([
    "command",
    "vault.key.set",
    "vault.request",
    "volume.switched",
  ]);
});

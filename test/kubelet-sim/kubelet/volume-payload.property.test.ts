/** Payloads of Secret and projected volumes against a plain model, and the environment against another. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Stored } from "../../../src/cluster-sim/ports.ts";
import {
  bytesToBase64,
  bytesToUtf8,
  utf8ToBytes,
} from "../../../src/kernel/bytes.ts";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { resolveEnvironment } from "../../../src/kubelet-sim/kubelet/environment.ts";
import type { ObjectRead } from "../../../src/kubelet-sim/kubelet/object-entry.ts";
import { quantityNanos } from "../../../src/kubelet-sim/kubelet/quantity.ts";
import {
  volumeFiles,
  wantsOf,
} from "../../../src/kubelet-sim/kubelet/volume-payload.ts";
import type { VolumeProjection } from "../../../src/kubelet-sim/kubelet/volume-sources.ts";

const SEED = 3;
const KEYS = ["a", "b", "c", "d"];

type Data = Readonly<Record<string, string>>;

function stored(kind: string, name: string, data: Data): Stored {
  const encode = (text: string) => bytesToBase64(utf8ToBytes(text));
  const entries = Object.entries(data).map(([key, text]) => [
    key,
    kind === "Secret" ? encode(text) : text,
  ]);
  const metadata = {
    name,
    namespace: "default",
    uid: name,
    resourceVersion: "1",
    generation: 0,
    creationTimestamp: "",
  };
  return {
    object: {
      apiVersion: "v1",
      kind,
      metadata,
      data: Object.fromEntries(entries),
    },
  };
}

const POD = {
  ...stored("Pod", "web", {}).object,
  spec: { containers: [] } as JsonObject,
};

const data = fc.dictionary(
  fc.constantFrom(...KEYS),
  fc.constantFrom("1", "2", ""),
  { maxKeys: 4 },
);
const items = fc.option(
  fc.uniqueArray(
    fc.record({
      key: fc.constantFrom(...KEYS),
      path: fc.constantFrom("x", "y", "z/w"),
    }),
    { selector: ({ path }) => path, maxLength: 3 },
  ),
  { nil: undefined },
);

/** One source, and the object behind it; null: there is none. */
const source = fc.record({
  kind: fc.constantFrom("Secret", "ConfigMap"),
  items,
  optional: fc.boolean(),
  data: fc.option(data),
});

interface Source {
  readonly kind: string;
  readonly items: { key: string; path: string }[] | undefined;
  readonly optional: boolean;
  readonly data: Data | null;
}

function projection(given: Source, name: string): VolumeProjection {
  const { kind, items: chosen, optional } = given;
  const object = {
    name,
    optional,
    ...(chosen === undefined ? {} : { items: chosen }),
  };
  return kind === "Secret" ? { secret: object } : { configMap: object };
}

function read(given: Source, name: string): ObjectRead {
  if (given.data === null)
    return { ok: false, notFound: true, message: `${name} not found` };
  return { ok: true, stored: stored(given.kind, name, given.data), causes: [] };
}

/** What the files should be: text by path, or the errors in order. */
function model(sources: readonly Source[]): Map<string, string> | string[] {
  const files = new Map<string, string>();
  const errors: string[] = [];
  sources.forEach((given, i) => {
    const { kind, optional } = given;
    if (given.data === null) {
      if (!optional) errors.push(`o${i} not found`);
      return;
    }
    const all = Object.keys(given.data).map((key) => ({ key, path: key }));
    const wanted = (given.items ?? []).length > 0 ? given.items! : all;
    const found = new Map<string, string>();
    for (const { key, path } of wanted) {
      if (key in given.data) found.set(path, given.data[key]!);
      else if (!optional) {
        const word = kind === "Secret" ? "secret" : "config";
        errors.push(`references non-existent ${word} key: ${key}`);
        return;
      }
    }
    for (const [path, text] of found) files.set(path, text);
  });
  return errors.length > 0 ? errors : files;
}

test("a projected volume has what its sources say, later ones over earlier ones, or every error", () => {
  fc.assert(
    fc.property(fc.array(source, { maxLength: 4 }), (given) => {
      const sources = given.map((one, i) => projection(one, `o${i}`));
      const volume = { name: "v", projected: { sources } };
      expect(wantsOf(volume)).toHaveLength(sources.length);
      const reads = given.map((one, i) => read(one, `o${i}`));
      const made = volumeFiles(volume, reads, {
        pod: POD,
        node: { node: "node-0", ip: "" },
        textContent: () => {
          throw new Error("no text is asked for");
        },
        trigger: 1,
      });
      const wanted = model(given);
      if (Array.isArray(wanted)) {
        const each = [...new Set(wanted)];
        const error = each.length === 1 ? each[0] : `[${each.join(", ")}]`;
        expect(made).toEqual({ ok: false, error });
      } else {
        const files = made.ok
          ? made.files.map(({ path, bytes }) => [path, bytesToUtf8(bytes)])
          : made.error;
        const sorted = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(files).toEqual(sorted);
      }
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test("a Secret volume is a projected one of that single source", () => {
  fc.assert(
    fc.property(source, (given) => {
      const secret = { ...given, kind: "Secret" };
      const chosen = given.items === undefined ? {} : { items: given.items };
      const { optional } = given;
      const alone = {
        name: "v",
        secret: { secretName: "o0", optional, ...chosen },
      };
      const sources = [projection(secret, "o0")];
      const context = {
        pod: POD,
        node: { node: "node-0", ip: "" },
        textContent: () => {
          throw new Error("no text is asked for");
        },
        trigger: 1,
      };
      const reads = [read(secret, "o0")];
      const projected = { name: "v", projected: { sources } };
      expect(volumeFiles(alone, reads, context)).toEqual(
        volumeFiles(projected, reads, context),
      );
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test("envFrom is a map of maps: prefixes first, the last writer wins, env over all", () => {
  const from = fc.record({
    prefix: fc.constantFrom("", "P_"),
    secret: fc.boolean(),
    data,
  });
  const env = fc.array(
    fc.record({
      name: fc.constantFrom(...KEYS, "P_a"),
      value: fc.constantFrom("x", "y"),
    }),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(fc.array(from, { maxLength: 4 }), env, (sources, own) => {
      const reads = new Map<string, ObjectRead>();
      const wanted = new Map<string, string>();
      const envFrom = sources.map(({ prefix, secret, data: values }, i) => {
        const kind = secret ? "Secret" : "ConfigMap";
        const name = `o${i}`;
        const object = stored(kind, name, values);
        reads.set(`${kind}/${name}`, { ok: true, stored: object, causes: [] });
        for (const [key, text] of Object.entries(values))
          wanted.set(prefix + key, text);
        const ref = { name };
        return secret
          ? { prefix, secretRef: ref }
          : { prefix, configMapRef: ref };
      });
      for (const { name, value } of own) wanted.set(name, value);
      const resolved = resolveEnvironment({
        pod: POD,
        container: { name: "main", envFrom, env: own },
        node: { node: "node-0", ip: "" },
        kubernetesMinor: 35,
        reads,
      });
      if (resolved.outcome !== "resolved") throw new Error(resolved.outcome);
      const found = resolved.env
        .filter(({ name }) => !name.startsWith("KUBERNETES_"))
        .map(({ name, value }) => [name, value] as const);
      expect(new Map(found)).toEqual(wanted);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test.each([
  ["1", 1_000_000_000n],
  ["250m", 250_000_000n],
  ["1.5", 1_500_000_000n],
  [".5Ki", 512_000_000_000n],
  ["2e3", 2_000_000_000_000n],
  ["1E", 1_000_000_000_000_000_000_000_000_000n],
  ["1n", 1n],
  ["-1m", -1_000_000n],
  ["soon", null],
  ["", null],
])("the quantity %s is %s billionths", (text, nanos) => {
  expect(quantityNanos(text)).toBe(nanos);
});

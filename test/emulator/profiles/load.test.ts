import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { CheckedDocument } from "../../../src/emulator/profiles/input/check-shape.ts";
import { Problems } from "../../../src/emulator/profiles/input/problem.ts";
import { UnreadableFile } from "../../../src/emulator/profiles/input/read-file.ts";
import {
  CORE_RULES,
  YamlDocument,
} from "../../../src/emulator/profiles/input/yaml-document.ts";
import { readYaml } from "../../../src/emulator/profiles/input/yaml-source.ts";
import {
  BUILT_IN_PROFILES,
  loadProfile,
  ProfileError,
} from "../../../src/emulator/profiles/load.ts";
import {
  profileShape,
  SETTING_TYPES,
} from "../../../src/emulator/profiles/schema.ts";

const textOf = (name: string) =>
  readFileSync(
    new URL(`../../../src/emulator/profiles/${name}.yaml`, import.meta.url),
    "utf8",
  );

describe("the built-in profile", () => {
  it("aks is what AKS ships: rotation off, poll 2m, Secrets allowed", () => {
    expect(loadProfile("aks")).toEqual({
      name: "aks",
      settings: {
        kubernetes: { minor: 35 },
        addon: {
          enableSecretRotation: false,
          rotationPollInterval: 120_000,
          syncSecret: true,
          rolloutDelay: 30_000,
          driverRestart: 3000,
        },
        driver: {
          version: "1.5.6",
          rotationOrder: "sorted",
          requiresRepublish: "withRotation",
          tokenRequests: "azure",
          emptyVolumeHazard: false,
        },
        provider: {
          version: "1.8.2",
          constructPemChain: true,
          writeCertAndKeyInSeparateFiles: false,
        },
        identity: {
          federatedCredential: "present",
          vmIdentity: "assigned",
          podIdentityBinding: "present",
          clientSecret: "valid",
          tokenProxy: "running",
        },
        reloader: {
          installed: false,
          version: "1.4.14",
          replicas: 1,
          reloadStrategy: "env-vars",
          autoReloadAll: false,
          reloadOnCreate: false,
          reloadOnDelete: false,
          syncAfterRestart: false,
          enableHA: false,
          enableCSIIntegration: false,
        },
        kubelet: {
          syncFrequency: 60_000,
          configMapAndSecretChangeDetectionStrategy: "Watch",
          maxContainerRestartPeriod: 300_000,
        },
        downtime: {
          kubelet: 5000,
          provider: 3000,
          node: 60_000,
          apiServer: 30_000,
          reloader: 3000,
          lane: 3000,
          network: 5000,
        },
        latency: {
          vault: 25,
          entra: 40,
          apiServer: 4,
          watch: 20,
          reloader: 130,
          reloaderWorkload: 20,
          app: 10,
          database: 5,
          scheduler: 30,
          sandbox: 500,
          containerStart: 200,
          containerStop: 1e3,
        },
        vault: {
          deleteTime: 4e3,
          recoverTime: 4e3,
          purgeTime: 1e4,
          throttling: true,
          transactionsPer10s: 4000,
          secretSetsPer10s: 300,
          keyCreatesPer10s: 20,
          subscriptionFactor: 5,
          throttledCount: false,
          retryAfter: 0,
          pricePer10kOperations: 0.03,
          pricePer10kOtherKeyOperations: 0.15,
          pricePerCertificateRenewal: 3,
          billUnauthenticated: false,
        },
      },
    });
  });

  it("helm is a plain install: nothing is switched on, no Secrets", () => {
    const aks = loadProfile("aks").settings;
    const { name, settings } = loadProfile("helm");
    expect(name).toBe("helm");
    expect(settings).toEqual({
      ...aks,
      addon: { ...aks.addon, syncSecret: false, rolloutDelay: 1000 },
    });
    expect(settings.addon.enableSecretRotation).toBe(false);
  });

  it.each(BUILT_IN_PROFILES)(
    "%s is sound, although no start checks it",
    (name) => {
      const problems = new Problems();
      const source = readYaml(
        { file: name, text: textOf(name), schema: "core", documents: "one" },
        problems,
      )!;
      const document = new YamlDocument(
        source,
        source.roots[0]!,
        CORE_RULES,
        problems,
      );
      expect(
        new CheckedDocument(document, profileShape(), problems).isBad([]),
      ).toBe(false);
      expect(problems.sorted()).toEqual([]);
    },
  );

  it.each(BUILT_IN_PROFILES)(
    "%s gives each number a source or a mark [J]",
    (name) => {
      const lines = textOf(name).split("\n");
      const start = lines.indexOf("settings:");
      const bare = lines.filter((line, i) => {
        const isSetting = i > start && /^ {4}\w+: /.test(line);
        const before = lines.slice(start, i);
        const comment = before.findLastIndex((other) => /^ {4}#/.test(other));
        const group = before.findLastIndex((other) => /^ {2}\w/.test(other));
        return isSetting && comment < group;
      });
      expect(bare).toEqual([]);
    },
  );
});

describe("a user's profile", () => {
  const MINE =
    "apiVersion: keyturn/v1\nkind: Profile\nmetadata: {name: mine}\n";
  const load = (path: string, files: Record<string, string>) =>
    loadProfile(path, {
      readFile: (name) => {
        const text = files[name];
        if (text === undefined) throw new UnreadableFile("no such file");
        return text;
      },
    });
  const problemsOf = (path: string, files: Record<string, string>) => {
    try {
      load(path, files);
    } catch (error) {
      if (error instanceof ProfileError)
        return error.message.split("\n").slice(1);
      throw error;
    }
    return [];
  };

  it("may extend a built-in one, or another file beside it", () => {
    const { name, settings } = load("a/mine.yaml", {
      "a/mine.yaml": `${MINE}extends: base.yaml\nsettings: {latency: {vault: 1s}}\n`,
      "a/base.yaml": `${MINE.replace("mine", "base")}extends: helm\nsettings: {kubernetes: {minor: 30}}\n`,
    });
    const helm = loadProfile("helm").settings;
    expect(name).toBe("mine");
    expect(settings).toEqual({
      ...helm,
      kubernetes: { minor: 30 },
      latency: { ...helm.latency, vault: 1000 },
    });
  });

  it("needs every setting when it extends nothing", () => {
    const lines = problemsOf("mine.yaml", {
      "mine.yaml": `${MINE}settings:\n  kubernetes: {minor: 35}\n  addon: {}\n`,
    });
    const missing = lines.filter((line) => line.includes("is missing"));
    const groups = Object.keys(SETTING_TYPES).length - 2;
    expect(missing).toHaveLength(
      groups + Object.keys(SETTING_TYPES.addon).length,
    );
    expect(missing[0]).toBe('mine.yaml:5:3: the key "downtime" is missing');
    expect(missing.at(-1)).toBe(
      'mine.yaml:6:10: the key "syncSecret" is missing',
    );
  });

  it.each<[string, string, string]>([
    ["settings: {addon: {x: 1}}", "5:20", 'unknown key "x"'],
    [
      "settings: {latency: {vault: -1s}}",
      "5:29",
      "vault: the duration -1s is negative",
    ],
    [
      "settings: {vault: {pricePer10kOperations: -1}}",
      "5:43",
      "pricePer10kOperations: must not be negative",
    ],
    [
      "settings: {driver: {version: 2.0.0}}",
      "5:30",
      "settings.driver.version is 2.0.0",
    ],
    ["settigns: {}", "5:1", 'unknown key "settigns"; did you mean "settings"?'],
  ])("with %s is refused at its place", (line, place, reason) => {
    const [first] = problemsOf("mine.yaml", {
      "mine.yaml": `${MINE}extends: aks\n${line}\n`,
    });
    expect(first).toContain(`mine.yaml:${place}: ${reason}`);
  });

  it("that is missing, empty or in a circle is refused", () => {
    expect(problemsOf("./no.yaml", {})).toEqual([
      "./no.yaml:1:1: Failed to read profile no.yaml: no such file",
      "  built in: aks and helm",
    ]);
    expect(problemsOf("e.yaml", { "e.yaml": "" })).toEqual([
      "e.yaml:1:1: the file is empty",
    ]);
    expect(
      problemsOf("a.yaml", {
        "a.yaml": `${MINE}extends: ./b.yaml\n`,
        "b.yaml": `${MINE}extends: ./a.yaml\n`,
      }),
    ).toEqual(["b.yaml:4:10: this profile extends itself"]);
  });

  it("whose base has a mistake names the base's file", () => {
    expect(
      problemsOf("a.yaml", {
        "a.yaml": `${MINE}extends: ./b.yaml\n`,
        "b.yaml": `${MINE}extends: akz\n`,
      })[0],
    ).toBe('b.yaml:4:10: there is no profile "akz"; did you mean "aks"?');
  });
});

it("an unknown name lists the built-in ones", () => {
  expect(() => loadProfile("gke")).toThrow(ProfileError);
  expect(() => loadProfile("gke")).toThrow(
    /gke:1:1: there is no profile "gke".*\n {2}built in: aks and helm/,
  );
});

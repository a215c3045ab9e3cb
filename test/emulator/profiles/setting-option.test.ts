import { expect, test } from "vitest";

import {
  parseSetting,
  settingTexts,
} from "../../../src/emulator/profiles/setting-option.ts";
import { loadProfile } from "../../../src/emulator/profiles/load.ts";
import { overrideSettings } from "../../../src/emulator/world/settings.ts";

test.each([
  ["driver.version=1.6.0", { driver: { version: "1.6.0" } }],
  [
    "addon.enableSecretRotation=true",
    { addon: { enableSecretRotation: true } },
  ],
  [
    "addon.rotationPollInterval=1m30s",
    { addon: { rotationPollInterval: 90_000 } },
  ],
  [
    "vault.pricePer10kOperations=0.5",
    { vault: { pricePer10kOperations: 0.5 } },
  ],
  ["kubernetes.minor=30", { kubernetes: { minor: 30 } }],
])("reads %s as a file would", (text, override) => {
  expect(parseSetting(text)).toEqual(override);
});

test.each<[text: string, says: string]>([
  ["driver.verison=1.6.0", 'unknown key "verison"; did you mean "version"?'],
  ["drivr.version=1.6.0", 'unknown key "drivr"; did you mean "driver"?'],
  ["addon.rotationPollInterval=2", "expected a duration like 500ms"],
  ["addon.rotationPollInterval=0s", "must be longer than 0s"],
  ["addon.enableSecretRotation=yes", "expected true or false, found text"],
  ["driver.version=1.6", "expected text, found a number\n  put it in quotes"],
  ["driver.version=2.0.0", "newer than the driver versions modelled"],
  ["kubernetes.minor=99", "must be a whole number from 25 to 36"],
  ["driver.version", "a setting is GROUP.KEY=VALUE"],
  ["version=1.6.0", "a setting is GROUP.KEY=VALUE"],
  ["driver.version=", "found nothing"],
  ["driver.version={a", "not valid YAML"],
  ["driver.version=1\nx: 2", "a setting is GROUP.KEY=VALUE"],
])("refuses %j with the file's own words", (text, says) => {
  const read = () => parseSetting(text);
  expect(read).toThrow(`Failed to read --set ${JSON.stringify(text)}: `);
  expect(read).toThrow(says);
});

test("every setting of a profile is spelled so that it can be typed again", () => {
  const { settings } = loadProfile("aks");
  const texts = settingTexts(settings);
  expect(texts.get("addon.rotationPollInterval")).toBe("2m");
  const typed = [...texts]
    .map(([name, value]) => parseSetting(`${name}=${value}`))
    .reduce(overrideSettings, settings);
  expect(typed).toEqual(settings);
});

import { expect, test } from "vitest";
import {
  aRequest,
  aVaultWithVersions,
  aWorld,
  anObjectsText,
  challenge,
  errorOf,
  filesOf,
  mountNow,
  refusal,
  versionId,
} from "./support.ts";

const VERSIONS = [
  { ordinal: 3, created: 300 },
  { ordinal: 1, created: 100 },
  { ordinal: 5, created: 500 },
  { ordinal: 4, created: 400, enabled: false },
  { ordinal: 2, created: 200 },
];

function mountHistory(rest: string, version?: string) {
  const world = aWorld({
    answer: aVaultWithVersions(VERSIONS),
    ...(version === undefined ? {} : { version }),
  });
  const objects = anObjectsText(
    `objectName: secret1\nobjectType: secret\n${rest}`,
  );
  return { world, ...mountNow(world, aRequest({ objects })) };
}

/** `value of v5 644` and so on, under their paths. */
const files = (
  ...versions: readonly (readonly [path: string, ordinal: number])[]
) =>
  Object.fromEntries(
    versions.map(([path, ordinal]) => [path, `value of v${ordinal} 644`]),
  );

test("keeps one version more than asked for, newest first, without disabled ones", () => {
  const { world, reply } = mountHistory("objectVersionHistory: 2");
  expect(filesOf(reply)).toEqual(
    files(["secret1/0", 5], ["secret1/1", 3], ["secret1/2", 2]),
  );
  expect(reply).toMatchObject({
    objectVersions: [
      { id: "secret/secret1/0", version: versionId(5) },
      { id: "secret/secret1/1", version: versionId(3) },
      { id: "secret/secret1/2", version: versionId(2) },
    ],
  });
  expect(world.vault.log).toEqual([
    "SecretListVersions secret1 without token",
    "SecretListVersions secret1",
    `SecretGet secret1/${versionId(5)}`,
    `SecretGet secret1/${versionId(3)}`,
    `SecretGet secret1/${versionId(2)}`,
  ]);
});

test("keeps what there is when there are fewer", () => {
  const { reply } = mountHistory("objectVersionHistory: 10");
  expect(Object.keys(filesOf(reply))).toEqual([
    "secret1/0",
    "secret1/1",
    "secret1/2",
    "secret1/3",
  ]);
});

test.each(["", "objectVersionHistory: 1", "objectVersionHistory: -3"])(
  "%j is a single file",
  (line) => {
    const { world, reply } = mountHistory(line);
    expect(Object.keys(filesOf(reply))).toEqual(["secret1"]);
    expect(world.vault.log[0]).toBe("SecretGet secret1 without token");
  },
);

test("starts at the given version, or at the newest for latest", () => {
  const from = (version: string) =>
    filesOf(
      mountHistory(`objectVersionHistory: 2\nobjectVersion: ${version}`).reply,
    );
  expect(from(versionId(3))).toEqual(
    files(["secret1/0", 3], ["secret1/1", 2], ["secret1/2", 1]),
  );
  expect(from("latest")).toEqual(
    files(["secret1/0", 5], ["secret1/1", 3], ["secret1/2", 2]),
  );
});

test.each([versionId(4), "unknown"])(
  "yields no file where it starts at %s, which is disabled or not there",
  (version) => {
    const { reply } = mountHistory(
      `objectVersionHistory: 2\nobjectVersion: "${version}"`,
    );
    expect(reply).toEqual({ ok: true, objectVersions: [], files: [] });
  },
);

test("puts the files under a cleaned alias", () => {
  const { reply } = mountHistory(
    "objectVersionHistory: 2\nobjectAlias: ./db//password/",
  );
  expect(Object.keys(filesOf(reply))[0]).toBe("db/password/0");
});

test("versions of one second stay in the order of the list", () => {
  const world = aWorld({
    answer: aVaultWithVersions([
      { ordinal: 2, created: 100 },
      { ordinal: 1, created: 100 },
    ]),
  });
  const objects = anObjectsText(
    "objectName: secret1\nobjectType: secret\nobjectVersionHistory: 2",
  );
  const { reply } = mountNow(world, aRequest({ objects }));
  expect(filesOf(reply)).toEqual(files(["secret1/0", 2], ["secret1/1", 1]));
});

test("goes on with the objects that follow", () => {
  const world = aWorld({ answer: aVaultWithVersions(VERSIONS) });
  const objects = anObjectsText(
    "objectName: a\nobjectType: secret",
    "objectName: b\nobjectType: secret\nobjectVersionHistory: 2",
    "objectName: c\nobjectType: secret",
  );
  const { reply } = mountNow(world, aRequest({ objects }));
  expect(Object.keys(filesOf(reply))).toEqual(["a", "b/0", "b/1", "b/2", "c"]);
});

test("a refused list does not name the object, before provider 1.5 it does", () => {
  const forbidden = refusal({
    status: 403,
    code: "Forbidden",
    message: "no list permission",
    innerCode: "AccessDenied",
  });
  const world = aWorld({
    answer: ({ token }) => (token === null ? challenge() : forbidden),
  });
  const objects = anObjectsText(
    "objectName: secret1\nobjectType: secret\nobjectVersionHistory: 2",
  );
  expect(errorOf(world, aRequest({ objects }))).toMatch(
    /^GET https:\/\/kv1\.vault\.azure\.net\/secrets\/secret1\/versions\n/,
  );
  world.config.version = "1.4.1";
  expect(errorOf(world, aRequest({ objects }))).toBe(
    'failed to get objectType:secret, objectName:secret1, objectVersion:: keyvault.BaseClient#GetSecretVersions: Failure responding to request: StatusCode=403 -- Original Error: autorest/azure: Service returned an error. Status=403 Code="Forbidden" Message="no list permission" InnerError={"code":"AccessDenied"}',
  );
});

test("an error of a kept version names that version", () => {
  const world = aWorld({
    answer: (request, count) =>
      request.operation === "SecretGet"
        ? refusal({ status: 404, code: "SecretNotFound", message: "gone" })
        : aVaultWithVersions(VERSIONS)(request, count),
  });
  const objects = anObjectsText(
    "objectName: secret1\nobjectType: secret\nobjectVersionHistory: 2",
  );
  const version = versionId(5);
  expect(errorOf(world, aRequest({ objects }))).toMatch(
    `failed to get objectType:secret, objectName:secret1, objectVersion:${version}: GET https://kv1.vault.azure.net/secrets/secret1/${version}\n`,
  );
});

test("does not exist before provider 1.3", () => {
  const { reply } = mountHistory("objectVersionHistory: 2", "1.2.0");
  expect(Object.keys(filesOf(reply))).toEqual(["secret1"]);
});

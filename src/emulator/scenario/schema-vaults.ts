/** The schema of vaults and what is in them: secrets, keys, certificates, and who may read them. */
import {
  anything,
  choice,
  filledText,
  flag,
  instantText,
  isMapping,
  list,
  literal,
  mapping,
  numberOf,
  once,
  oneOf,
  openMapping,
  optional,
  record,
  shortOr,
  text,
} from "../profiles/input/shape.ts";
import type { Shape } from "../profiles/input/shape.ts";
import {
  CERTIFICATE_KEY_TYPES,
  CURVES,
  KEY_SIZES,
  KEY_TYPES,
} from "./key-kinds.ts";

export type Members = Readonly<Record<string, Shape>>;

export const attributes = (): Members => ({
  enabled: optional(flag()),
  notBefore: optional(instantText()),
  expires: optional(instantText()),
  tags: optional(record(text())),
});

/** A secret's value with its attributes, as `vaults` and `setSecret` take it. */
export const secretMembers = (): Members => ({
  value: text(),
  contentType: optional(text()),
  ...attributes(),
});

const keyKind = (types: readonly string[]): Members => ({
  keyType: optional(oneOf(types), "default RSA"),
  keySize: optional(numberOf(KEY_SIZES), "of RSA keys; default 2048"),
  curve: optional(oneOf(CURVES), "of EC keys; default P-256"),
});

/** A version of a key; its material comes from the pool of test keys. */
export const keyMembers = (): Members => ({
  ...keyKind(KEY_TYPES),
  ...attributes(),
});

/** A version of a certificate, which brings a key and a secret of its name. */
export const certificateMembers = (): Members => ({
  contentType: optional(
    oneOf(["application/x-pkcs12", "application/x-pem-file"]),
    "of its secret; default application/x-pkcs12",
  ),
  chain: optional(flag(), "whether its secret has the issuers, too"),
  ...keyKind(CERTIFICATE_KEY_TYPES),
  ...attributes(),
});

function policies(): Shape {
  const permissions = () => optional(list(text()));
  return list(
    mapping({
      objectId: optional(filledText()),
      spn: optional(filledText()),
      permissions: mapping({
        secrets: permissions(),
        keys: permissions(),
        certificates: permissions(),
      }),
    }),
  );
}

const ACCESS_MODES = ["open", "accessPolicy", "rbac"] as const;

/** `mode` and what goes with it, after the keys of `head`. */
export function accessShape(head: Members): Shape {
  const branches = {
    open: once(() => mapping({ ...head, mode: literal("open") })),
    accessPolicy: once(() =>
      mapping({
        ...head,
        mode: literal("accessPolicy"),
        policies: policies(),
      }),
    ),
    rbac: once(() =>
      mapping({ ...head, mode: literal("rbac"), roles: list(openMapping()) }),
    ),
  };
  const unknown = once(() =>
    mapping({
      ...head,
      mode: oneOf(ACCESS_MODES),
      policies: optional(anything()),
      roles: optional(anything()),
    }),
  );
  return choice({
    pick: (value) => {
      const mode = isMapping(value) ? value["mode"] : undefined;
      const known = ACCESS_MODES.find((candidate) => candidate === mode);
      return known ? branches[known]() : unknown();
    },
    branches: () => Object.values(branches).map((branch) => branch()),
  });
}

/** One vault of the head. */
export function vaultShape(): Shape {
  const open = literal("open", 'must be "open" or a mapping with a "mode"');
  return mapping({
    name: filledText(),
    access: optional(
      shortOr(open, () => accessShape({})),
      "default open",
    ),
    secrets: optional(record(shortOr(text(), () => mapping(secretMembers())))),
    keys: optional(record(mapping(keyMembers()))),
    certificates: optional(record(mapping(certificateMembers()))),
  });
}

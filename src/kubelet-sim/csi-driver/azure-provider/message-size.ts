/**
 * How long the answer of a mount is on the wire, in bytes: the driver takes no more than 4 MiB.
 *
 * Source: kubernetes-sigs/secrets-store-csi-driver `provider/v1alpha1/service.proto` v1.6.0 MountResponse, whose field
 * numbers take one byte each; protobuf.dev/programming-guides/encoding.
 */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { MountReply } from "./mount.ts";

type Mounted = Extract<MountReply, { readonly ok: true }>;

export function messageSize({ files, objectVersions }: Mounted): number {
  let size = 0;
  for (const { path, mode, bytes } of files)
    size += field(
      field(textSize(path)) +
        (mode === 0 ? 0 : 1 + varint(mode)) +
        field(bytes.length),
    );
  for (const { id, version } of objectVersions)
    size += field(field(textSize(id)) + field(textSize(version)));
  return size;
}

/** Never less than `messageSize`, and quick: no text takes more than three bytes a unit, no number more than ten. */
export function messageSizeAtMost({ files, objectVersions }: Mounted): number {
  let size = 0;
  for (const { path, bytes } of files)
    size += bytes.length + 3 * path.length + 44;
  for (const { id, version } of objectVersions)
    size += 3 * (id.length + version.length) + 33;
  return size;
}

/** A length-delimited field; proto3 leaves out empty ones, which only a message never is. */
const field = (length: number): number =>
  length === 0 ? 0 : 1 + varint(length) + length;

function varint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80))
    size += 1;
  return size;
}

const textSize = (text: string): number => utf8ToBytes(text).length;

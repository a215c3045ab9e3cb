/**
 * The answers of a mount as the driver gets them.
 *
 * Source: Azure/secrets-store-csi-driver-provider-azure `pkg/server/server.go` v1.8.2; grpc/grpc-go v1.56.3 `rpc_util.go`
 * (recvAndDecompress).
 */
import { MAX_MESSAGE_BYTES } from "./defaults.ts";
import { messageSize, messageSizeAtMost } from "./message-size.ts";
import type { MountReply } from "./mount.ts";
import type { MountProgress } from "./mount-progress.ts";

export const failureAnswer = (message: string): MountReply => ({
  ok: false,
  message: `failed to mount objects, error: ${message}`,
});

/** What was fetched, or what the driver's client makes of an answer that is too long for it. */
export function successAnswer({ versions, files }: MountProgress): MountReply {
  const reply = { ok: true, objectVersions: versions, files } as const;
  if (messageSizeAtMost(reply) <= MAX_MESSAGE_BYTES) return reply;
  const size = messageSize(reply);
  if (size <= MAX_MESSAGE_BYTES) return reply;
  const message = `grpc: received message larger than max (${size} vs. ${MAX_MESSAGE_BYTES})`;
  return { ok: false, code: "ResourceExhausted", message };
}

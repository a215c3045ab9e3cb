/**
 * What the container runtime says when a command cannot be started.
 *
 * Source: opencontainers/runc libcontainer/init_linux.go, golang/go os/exec (LookPath) and os/error.go
 */
import type { Errno } from "./system/effects.ts";
import { errorText } from "./system/effects.ts";

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const PREFIX =
  "OCI runtime exec failed: exec failed: unable to start container process: exec: ";

export function startFailure(
  name: string,
  error: Errno,
): { readonly text: string; readonly exitCode: number } {
  const missing = error === "ENOENT" || error === "ENOTDIR";
  // Go writes errno's texts in lower case.
  const text = errorText(error).toLowerCase();
  const path = name.includes("/");
  const reason = !missing
    ? text
    : path
      ? `stat ${name}: ${text}`
      : "executable file not found in $PATH";
  return {
    text: `${PREFIX}"${name}": ${reason}: unknown`,
    exitCode: missing ? NOT_FOUND : NOT_EXECUTABLE,
  };
}

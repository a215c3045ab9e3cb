/**
 * The environment that a command of a container starts with: what the image and the runtime give every container, and
 * what the kubelet worked out when it made the container.
 *
 * Source: docker-library/busybox 1.36 (PATH), containerd internal/cri/server (HOSTNAME),
 * opencontainers/runc libcontainer/init_linux.go (HOME)
 */
import type { RunningContainer } from "../ports.ts";
import { hostNameOf } from "./files/base-root.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const HOME = "/root";

/** In the order in which `env` prints it. */
export function containerEnvironment(
  container: RunningContainer,
): Map<string, string> {
  const environment = new Map([
    ["PATH", PATH],
    ["HOSTNAME", hostNameOf(container)],
  ]);
  for (const { name, value } of container.config.env)
    environment.set(name, value);
  if (!environment.has("HOME")) environment.set("HOME", HOME);
  return environment;
}

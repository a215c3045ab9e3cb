/**
 * The root file system of a container: what every image is taken to bring, what the runtime and the kubelet put into it,
 * and the points where volumes are mounted.
 *
 * Source: docker-library/busybox 1.36 (directories, /etc/passwd); kubernetes/kubernetes v1.35 pkg/kubelet/kubelet_pods.go
 * (managedHostsFileContent), pkg/kubelet/network/dns/dns.go (the cluster's resolv.conf)
 * Simplification: Every image is taken for busybox:1.36 with a bash beside its sh; what else an image holds is not there.
 * Simplification: Files of the image carry the time at which the container started; there are no /proc and no /sys.
 */
import { utf8ToBytes } from "../../../kernel/bytes.ts";
import type { EpochMs } from "../../../kernel/time.ts";
import type { RunningContainer } from "../../ports.ts";
import { specOf } from "../../pod-spec.ts";
import { PROGRAM_NAMES } from "../utilities/names.ts";
import type { Disk } from "./inode.ts";
import {
  addEntry,
  DIRECTORY_MODE,
  FILE_MODE,
  makeDirectories,
  newDisk,
  putFile,
} from "./inode.ts";

/** Longest host name that Linux takes. Source: pkg/util/pod truncatePodHostnameIfNeeded */
const LONGEST_HOST_NAME = 63;
/** kube-dns of an AKS cluster. Source: Azure Kubernetes Service, networking defaults (dns-service-ip) */
const CLUSTER_DNS = "10.0.0.10";
const STICKY_MODE = 0o1777;
const PRIVATE_MODE = 0o700;

const DIRECTORIES: readonly (readonly [path: string, mode: number])[] = [
  ["bin", DIRECTORY_MODE],
  ["dev", DIRECTORY_MODE],
  ["etc", DIRECTORY_MODE],
  ["home", DIRECTORY_MODE],
  ["mnt", DIRECTORY_MODE],
  ["root", PRIVATE_MODE],
  ["tmp", STICKY_MODE],
  ["usr", DIRECTORY_MODE],
  ["usr/bin", DIRECTORY_MODE],
  ["usr/sbin", DIRECTORY_MODE],
  ["var", DIRECTORY_MODE],
  ["var/run", DIRECTORY_MODE],
  ["var/tmp", STICKY_MODE],
];

export function hostNameOf({ pod }: RunningContainer): string {
  const { hostname } = pod.object["spec"] as { readonly hostname?: string };
  const name = hostname ?? pod.object.metadata.name;
  return name.slice(0, LONGEST_HOST_NAME).replace(/[-.]+$/, "");
}

export function workingDirectoryOf({ spec }: RunningContainer): string {
  const { workingDir } = spec as { readonly workingDir?: string };
  return workingDir === undefined || workingDir === "" ? "/" : workingDir;
}

/** A fresh one each time, always with the same inode numbers for the same container. */
export function baseRoot(container: RunningContainer): Disk {
  const mtimeMs = container.startedAt;
  const disk = newDisk("overlay", { mode: DIRECTORY_MODE, mtimeMs });
  for (const [path, mode] of DIRECTORIES) {
    const names = path.split("/");
    const parent = makeDirectories(disk, names.slice(0, -1), mtimeMs)!;
    const entries = new Map<string, number>();
    const name = names.at(-1)!;
    addEntry(disk, parent, name, { kind: "directory", mode, mtimeMs, entries });
  }
  const bin = makeDirectories(disk, ["bin"], mtimeMs)!;
  for (const name of PROGRAM_NAMES)
    addEntry(disk, bin, name, { kind: "program", name, mtimeMs });
  const dev = makeDirectories(disk, ["dev"], mtimeMs)!;
  for (const device of ["null", "stdout", "stderr"] as const)
    addEntry(disk, dev, device, { kind: "device", device, mtimeMs });
  for (const [path, text] of systemFiles(container))
    putText(disk, path, text, mtimeMs);
  const directory = workingDirectoryOf(container);
  makeDirectories(disk, namesOf(directory), mtimeMs);
  return disk;
}

/** Makes what a mount is laid over, as the runtime does: a directory, or an empty file for a file. */
export function makeMountPoint(
  disk: Disk,
  path: string,
  options: { readonly directory: boolean; readonly mtimeMs: EpochMs },
): void {
  const names = namesOf(path);
  const { directory, mtimeMs } = options;
  if (directory) makeDirectories(disk, names, mtimeMs);
  else if (makeDirectories(disk, names.slice(0, -1), mtimeMs) !== null)
    putText(disk, path, "", mtimeMs);
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function putText(disk: Disk, path: string, text: string, mtimeMs: EpochMs) {
  const bytes = utf8ToBytes(text);
  putFile(disk, path, { bytes, mode: FILE_MODE, mtimeMs, from: null });
}

function systemFiles(container: RunningContainer): [string, string][] {
  const host = hostNameOf(container);
  const { namespace = "default" } = container.pod.object.metadata;
  const { podIP } = (container.pod.object["status"] ?? {}) as {
    readonly podIP?: string;
  };
  const { hostNetwork } = specOf(container.pod.object) as {
    readonly hostNetwork?: boolean;
  };
  const search = `${namespace}.svc.cluster.local svc.cluster.local cluster.local`;
  const files: [string, string][] = [
    ["etc/group", "root:x:0:\nnogroup:x:65534:\n"],
    ["etc/hostname", `${host}\n`],
    [
      "etc/passwd",
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
    ],
    [
      "etc/resolv.conf",
      `search ${search}\nnameserver ${CLUSTER_DNS}\noptions ndots:5\n`,
    ],
  ];
  if (hostNetwork !== true)
    files.push(["etc/hosts", hostsFile(host, podIP ?? null)]);
  return files;
}

function hostsFile(host: string, ip: string | null): string {
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    ...(ip === null ? [] : [`${ip}\t${host}`]),
  ];
  return `${lines.join("\n")}\n`;
}

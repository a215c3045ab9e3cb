/** Builders and the two arms (memfs, a real directory) that the pod-fs tests run on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { bytesToUtf8, utf8ToBytes } from "../../../src/kernel/bytes.ts";
import { createDiskPodFs } from "../../../src/kubelet-sim/pod-fs/disk-pod-fs.ts";
import {
  applyPlan,
  emptyVolume,
  payloadOf,
  planWrite,
  timestampDirName,
} from "../../../src/kubelet-sim/pod-fs/index.ts";
import type {
  FsEvent,
  Payload,
  PodFs,
  VolumeImage,
  WriteOptions,
  WritePlan,
} from "../../../src/kubelet-sim/pod-fs/index.ts";
import { createMemfsPodFs } from "../../../src/kubelet-sim/pod-fs/memfs-pod-fs.ts";

export const START_MS = 1_714_381_200_123; // 2024-04-29T09:00:00.123Z
export const ROOT =
  "/var/lib/kubelet/pods/5f1c/volumes/kubernetes.io~secret/app";

/** Makes a temporary directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "keyturn-pod-fs-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export const ARMS = [
  { arm: "memfs", create: createMemfsPodFs },
  { arm: "disk", create: () => createDiskPodFs(temporaryDirectory()) },
];

export type FileSpec = string | readonly [text: string, mode: number];

/** `{ "a/b": "text", c: ["text", 0o400] }`. */
export function aPayload(files: Readonly<Record<string, FileSpec>>): Payload {
  return payloadOf(
    Object.entries(files).map(([path, spec]) => {
      const [text, mode] = typeof spec === "string" ? [spec, 0o644] : spec;
      return { path, bytes: utf8ToBytes(text), mode };
    }),
  );
}

/** A volume that is both modelled and on a file system; each write happens a second after the one before. */
export class TestVolume {
  image: VolumeImage = emptyVolume(START_MS);
  readonly fs: PodFs;
  private writes = 0;

  constructor(fs: PodFs) {
    this.fs = fs;
    fs.setClock(START_MS);
    fs.mkdir(ROOT, 0o1777);
  }

  plan(payload: Payload, options: Partial<WriteOptions> = {}): WritePlan {
    this.writes += 1;
    const nowMs = START_MS + this.writes * 1000;
    const timestampDir = timestampDirName(nowMs, this.writes);
    return planWrite(this.image, payload, { nowMs, timestampDir, ...options });
  }

  write(payload: Payload, options: Partial<WriteOptions> = {}): WritePlan {
    const plan = this.plan(payload, options);
    applyPlan(this.fs, ROOT, plan);
    this.image = plan.image;
    return plan;
  }

  text(path: string): string {
    return bytesToUtf8(this.fs.readFile(`${ROOT}/${path}`));
  }
}

/** What a container sees: every file below the links in the root, followed, with text and mode. */
export function visibleFiles(
  fs: PodFs,
  root: string = ROOT,
): Record<string, [string, number]> {
  const found: Record<string, [string, number]> = {};
  const walk = (directory: string, prefix: string): void => {
    for (const name of fs.readdir(directory)) {
      if (prefix === "" && name.startsWith("..")) continue;
      const path = `${directory}/${name}`;
      const { kind, mode } = fs.stat(path);
      if (kind === "directory") walk(path, `${prefix}${name}/`);
      else found[prefix + name] = [bytesToUtf8(fs.readFile(path)), mode];
    }
  };
  walk(root, "");
  return found;
}

/** The same from the model. */
export function modelledFiles(
  payload: Payload,
): Record<string, [string, number]> {
  return Object.fromEntries(
    payload.map(({ path, bytes, mode }) => [path, [bytesToUtf8(bytes), mode]]),
  );
}

/** Every entry with kind, mode, size, link target and time: two equal dumps are equal file systems. */
export function treeDump(fs: PodFs, directory: string = ROOT): string[] {
  return fs.readdir(directory).flatMap((name) => {
    const path = `${directory}/${name}`;
    const { kind, mode, size } = fs.lstat(path);
    const target = kind === "symlink" ? ` -> ${fs.readlink(path)}` : "";
    const line = `${path} ${kind} ${mode.toString(8)} ${size} ${fs.mtime(path)}${target}`;
    return [line, ...(kind === "directory" ? treeDump(fs, path) : [])];
  });
}

/** `create/dir ..2024`, `moved_to ..data`, `delete_self`. */
export function eventText({ type, name, directory }: FsEvent): string {
  return `${type}${directory ? "/dir" : ""}${name === null ? "" : ` ${name}`}`;
}

/** Starts a watch and answers the growing list of what it hears. */
export function heardAt(fs: PodFs, path: string): string[] {
  const heard: string[] = [];
  fs.watch(path, (event) => heard.push(eventText(event)));
  return heard;
}

/**
 * How the AtomicWriter compares what is mounted with what should be: content only, never modes.
 *
 * Source: kubernetes/kubernetes v1.35 pkg/volume/util/atomic_writer.go (pathsToRemove, shouldWritePayload, shouldWriteFile, writePayloadToDir)
 * Simplification: files are taken in order of their paths; upstream walks a Go map, whose order is random, and stops comparing at the first difference.
 */
import { bytesEqual } from "../../kernel/bytes.ts";
import { byCodeUnit } from "../../kernel/json.ts";
import { fileAt, parentsOf } from "./payload.ts";
import type { Payload } from "./payload.ts";

export interface PayloadChange {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
}

/** What upstream finds to remove: vanished files and the directories that vanish with them, sorted. */
export function pathsToRemove(before: Payload, after: Payload): string[] {
  const kept = withParents(after);
  return [...withParents(before)]
    .filter((path) => !kept.has(path))
    .sort(byCodeUnit);
}

function withParents(payload: Payload): Set<string> {
  return new Set(payload.flatMap(({ path }) => [...parentsOf(path), path]));
}

/**
 * The first file that is not mounted with the same bytes. A file that became a directory, or the reverse, cannot even be compared upstream:
 * reading it fails with something else than "does not exist".
 */
export function firstDifference(
  before: Payload,
  after: Payload,
): { readonly error?: (dir: string) => string } | null {
  const directories = new Set(before.flatMap(({ path }) => parentsOf(path)));
  for (const { path, bytes } of after) {
    if (directories.has(path) || path === ".")
      return { error: (dir) => `read ${dir}/${path}: is a directory` };
    if (parentsOf(path).some((parent) => fileAt(before, parent)))
      return { error: (dir) => `open ${dir}/${path}: not a directory` };
    const old = fileAt(before, path);
    if (old === undefined || !bytesEqual(old.bytes, bytes)) return {};
  }
  return null;
}

/** Paths of one payload of which one would have to be both file and directory. */
export function overlapError(payload: Payload, dir: string): string | null {
  const files = new Set(payload.map(({ path }) => path));
  if (files.has(".")) return `open ${dir}: is a directory`;
  for (const { path } of payload) {
    const parent = parentsOf(path).find((candidate) => files.has(candidate));
    if (parent !== undefined) return `mkdir ${dir}/${parent}/: file exists`;
  }
  return null;
}

/** Which files a write adds, alters and removes, each list sorted. */
export function comparePayloads(
  before: Payload,
  after: Payload,
): PayloadChange {
  const added: string[] = [];
  const updated: string[] = [];
  for (const { path, bytes } of after) {
    const old = fileAt(before, path);
    if (old === undefined) added.push(path);
    else if (!bytesEqual(old.bytes, bytes)) updated.push(path);
  }
  const removed = before
    .map(({ path }) => path)
    .filter((path) => fileAt(after, path) === undefined);
  return { added, updated, removed };
}

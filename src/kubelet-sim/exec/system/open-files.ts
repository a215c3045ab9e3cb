/**
 * What the processes of a command have open: files, pipes, and the two streams that the caller reads.
 *
 * Source: POSIX.1-2017 2.5.1 (file descriptors and open file descriptions), Linux pipe(7)
 * Simplification: A pipe takes a whole write as long as it is not full.
 */
import type { EpochMs } from "../../../kernel/time.ts";
import type { Cause } from "../../../kernel/trace.ts";
import type { ContainerView, Place } from "../files/container-view.ts";
import { PIPE_BYTES } from "../defaults.ts";
import type { Failure, OpenMode } from "./effects.ts";
import { failed } from "./effects.ts";
import type { Description, Pipe, Process, Session } from "./process.ts";

/** What to keep for an opened place; the caller counts references. */
export function describe(
  view: ContainerView,
  place: Place,
  mode: OpenMode,
): Description | Failure {
  const node = view.node(place)!;
  const refs = 0;
  if (node.kind === "directory") return { refs, kind: "directory" };
  if (node.kind === "device") return { refs, kind: "null" };
  const { writable, device } = place.mount;
  if (node.kind === "file" && writable !== null)
    return {
      refs,
      kind: "file",
      disk: writable,
      inode: place.inode,
      device,
      append: mode === "append",
      readable: mode === "read",
      offset: 0,
    };
  const status = view.statusAt(place);
  if (failed(status) || node.kind !== "file") return { error: "ENOTSUP" };
  const { bytes, from } = node;
  return { refs, kind: "bytes", bytes, status, from, offset: 0 };
}

/** Nothing to read, and the two streams of the caller. */
export function addStandardStreams(session: Session, process: Process): void {
  const standard: Description[] = [
    { refs: 0, kind: "null" },
    { refs: 0, kind: "stream", stream: "stdout" },
    { refs: 0, kind: "stream", stream: "stderr" },
  ];
  for (const [fd, description] of standard.entries()) {
    const number = session.nextNumber++;
    session.descriptions.set(number, description);
    setDescriptor(session, process, fd, number);
  }
}

export function addDescription(
  session: Session,
  process: Process,
  description: Description,
): number {
  const number = session.nextNumber++;
  session.descriptions.set(number, description);
  return addDescriptor(session, process, number);
}

/** A new file descriptor for a description that exists. */
export function addDescriptor(
  session: Session,
  process: Process,
  number: number,
): number {
  const fd = process.nextDescriptor++;
  setDescriptor(session, process, fd, number);
  return fd;
}

export function setDescriptor(
  session: Session,
  process: Process,
  fd: number,
  number: number,
): void {
  const description = session.descriptions.get(number)!;
  description.refs += 1;
  process.descriptors.set(fd, number);
}

export function descriptionOf(
  session: Session,
  process: Process,
  fd: number,
): Description | null {
  const number = process.descriptors.get(fd);
  return number === undefined ? null : session.descriptions.get(number)!;
}

export function makePipe(
  session: Session,
  process: Process,
): [read: number, write: number] {
  const pipe = session.nextNumber++;
  session.pipes.set(pipe, {
    chunks: [],
    bytes: 0,
    readers: 1,
    writers: 1,
  });
  const end = (end: "read" | "write"): Description => ({
    refs: 0,
    kind: "pipe",
    pipe,
    end,
  });
  return [
    addDescription(session, process, end("read")),
    addDescription(session, process, end("write")),
  ];
}

export function closeDescriptor(
  session: Session,
  process: Process,
  fd: number,
): void {
  const number = process.descriptors.get(fd);
  if (number === undefined) return;
  process.descriptors.delete(fd);
  const description = session.descriptions.get(number)!;
  description.refs -= 1;
  if (description.refs > 0) return;
  session.descriptions.delete(number);
  if (description.kind !== "pipe") return;
  const pipe = session.pipes.get(description.pipe)!;
  if (description.end === "read") pipe.readers -= 1;
  else pipe.writers -= 1;
  if (pipe.readers + pipe.writers === 0) session.pipes.delete(description.pipe);
}

export function closeAll(session: Session, process: Process): void {
  for (const fd of process.descriptors.keys())
    closeDescriptor(session, process, fd);
}

/** Bytes, and the fact that brought them, where one did. */
export interface Taken {
  readonly bytes: Uint8Array;
  readonly from: Cause | null;
}

/** Null: nothing yet. Empty: the end. `line`: up to a line break and with it. */
export function take(
  files: { readonly session: Session; readonly view: ContainerView },
  description: Description,
  want: { readonly max: number; readonly line: boolean },
): Taken | Failure | null {
  switch (description.kind) {
    case "directory":
      return { error: "EISDIR" };
    case "null":
      return { bytes: new Uint8Array(), from: null };
    case "stream":
      return { error: "EBADF" };
    case "pipe": {
      const pipe = files.session.pipes.get(description.pipe)!;
      return description.end === "read"
        ? takeFromPipe(pipe, want)
        : { error: "EBADF" };
    }
    case "bytes": {
      const { bytes, from } = description;
      return takeFrom(description, bytes, want, from);
    }
    case "file": {
      if (!description.readable) return { error: "EBADF" };
      const file = files.view.file(description.disk, description.inode);
      if (file === null) return { error: "EBADF" };
      return takeFrom(description, file.bytes, want, file.from);
    }
  }
}

function takeFrom(
  position: { offset: number },
  bytes: Uint8Array,
  want: { readonly max: number; readonly line: boolean },
  from: Cause | null,
): Taken {
  const start = Math.min(position.offset, bytes.length);
  const end = endOfWanted(bytes, start, want);
  position.offset = end;
  // The whole file, as a rule: then the log shares its bytes.
  const whole = start === 0 && end === bytes.length;
  const taken = whole ? bytes : bytes.slice(start, end);
  return { bytes: taken, from };
}

function endOfWanted(
  bytes: Uint8Array,
  start: number,
  want: { readonly max: number; readonly line: boolean },
): number {
  const end = Math.min(bytes.length, start + want.max);
  if (!want.line) return end;
  const at = bytes.indexOf(0x0a, start);
  return at === -1 || at >= end ? end : at + 1;
}

function takeFromPipe(
  pipe: Pipe,
  want: { readonly max: number; readonly line: boolean },
): Taken | null {
  const all = joined(pipe.chunks);
  if (all.length === 0 && pipe.writers > 0) return null;
  const end = endOfWanted(all, 0, want);
  const complete = !want.line || all[end - 1] === 0x0a || end === want.max;
  if (!complete && pipe.writers > 0) {
    pipe.chunks = [all];
    return null;
  }
  const rest = all.slice(end);
  pipe.chunks = rest.length === 0 ? [] : [rest];
  pipe.bytes = rest.length;
  return { bytes: end === all.length ? all : all.slice(0, end), from: null };
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** What became of bytes that were put somewhere; null: no room yet. */
export type Put = "done" | "broken pipe" | Failure | null;

export function put(
  files: {
    readonly session: Session;
    readonly view: ContainerView;
    readonly nowMs: EpochMs;
    /** Prints on a stream. */
    readonly print: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  },
  description: Description,
  bytes: Uint8Array,
): Put {
  switch (description.kind) {
    case "null":
      return "done";
    case "directory":
    case "bytes":
      return { error: "EBADF" };
    case "stream":
      files.print(description.stream, bytes);
      return "done";
    case "pipe": {
      const pipe = files.session.pipes.get(description.pipe)!;
      if (description.end === "read") return { error: "EBADF" };
      if (pipe.readers === 0) return "broken pipe";
      if (pipe.bytes >= PIPE_BYTES) return null;
      if (bytes.length > 0) pipe.chunks.push(bytes);
      pipe.bytes += bytes.length;
      return "done";
    }
    case "file": {
      if (description.readable) return { error: "EBADF" };
      const { view, nowMs } = files;
      const file = view.file(description.disk, description.inode);
      if (file === null) return { error: "EBADF" };
      const offset = description.append
        ? file.bytes.length
        : description.offset;
      const { disk, inode } = description;
      view.writeAt(disk, inode, { offset, bytes, nowMs });
      description.offset = offset + bytes.length;
      return "done";
    }
  }
}

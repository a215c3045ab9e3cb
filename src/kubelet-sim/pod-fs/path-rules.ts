/**
 * Which paths a payload may hold, with the error texts of the two real writers. The kubelet's AtomicWriter and the CSI driver's copy of it
 * share the rules; the driver refuses unclean paths as well, where the kubelet cleans them.
 *
 * Source: kubernetes/kubernetes pkg/volume/util/atomic_writer.go (validatePath, validatePayload), same in v1.25..v1.36
 * Source: kubernetes-sigs/secrets-store-csi-driver v1.6.0 pkg/util/fileutil/atomic_writer.go (validatePath), writer.go (Validate)
 */
import { utf8ToBytes } from "../../kernel/bytes.ts";

/** Bytes of UTF-8, as Go's `len` counts. */
const MAX_PATH_LENGTH = 4096;
/** Bytes of UTF-8 of one path element. */
const MAX_FILE_NAME_LENGTH = 255;

/** Answers null or an error text: the way both writers judge a list of paths, one at a time. */
export type PathRule = (path: string) => string | null;

/** The AtomicWriter's rule: the text of its error, or null for a path it accepts (which may still be unclean). */
export function atomicWriterPathError(path: string): string | null {
  if (path === "") return 'invalid path: must not be empty: ""';
  if (path.startsWith("/"))
    return `invalid path: must be relative path: ${path}`;
  if (utf8ToBytes(path).length > MAX_PATH_LENGTH)
    return `invalid path: must be less than or equal to ${MAX_PATH_LENGTH} characters`;
  const elements = path.split("/");
  for (const element of elements) {
    if (element === "..") return `invalid path: must not contain '..': ${path}`;
    if (utf8ToBytes(element).length > MAX_FILE_NAME_LENGTH)
      return `invalid path: filenames must be less than or equal to ${MAX_FILE_NAME_LENGTH} characters`;
  }
  if (path.startsWith(".."))
    return `invalid path: must not start with '..': ${path}`;
  return null;
}

/**
 * The CSI driver's rule: the AtomicWriter's, then the path must be clean.
 * Simplification: the path is quoted as JSON does, which is Go's `%q` for printable ASCII.
 */
export function csiDriverPathError(path: string): string | null {
  const error = atomicWriterPathError(path);
  if (error !== null) return error;
  return cleanPath(path) === path
    ? null
    : `invalid filepath: ${JSON.stringify(path)}`;
}

/** The first error that `rule` finds, in the order of `paths`; null when all of them pass. */
export function firstPathError(
  paths: readonly string[],
  rule: PathRule,
): string | null {
  for (const path of paths) {
    const error = rule(path);
    if (error !== null) return error;
  }
  return null;
}

/** Go's `filepath.Clean`: no empty or `.` elements, `x/..` folded, never a trailing slash; `.` for nothing at all. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const element of path.split("/")) {
    if (element === "" || element === ".") continue;
    if (element !== "..") kept.push(element);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push("..");
  }
  const joined = kept.join("/");
  if (rooted) return `/${joined}`;
  return joined === "" ? "." : joined;
}

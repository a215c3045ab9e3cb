/** The programs in a container's /bin. Whatever else somebody calls is not found. */

const SHELLS = ["ash", "bash", "sh"] as const;

export const UTILITY_NAMES = [
  "[",
  "base64",
  "basename",
  "cat",
  "cut",
  "date",
  "dirname",
  "echo",
  "env",
  "false",
  "grep",
  "head",
  "hostname",
  "ls",
  "printenv",
  "printf",
  "pwd",
  "readlink",
  "realpath",
  "seq",
  "sha256sum",
  "sleep",
  "sort",
  "stat",
  "tail",
  "test",
  "timeout",
  "tr",
  "true",
  "uniq",
  "watch",
  "wc",
] as const;

export type UtilityName = (typeof UTILITY_NAMES)[number];

/** Sorted. */
export const PROGRAM_NAMES: readonly string[] = [
  ...SHELLS,
  ...UTILITY_NAMES,
].sort((a, b) => (a < b ? -1 : 1));

export function isShell(name: string): boolean {
  return (SHELLS as readonly string[]).includes(name);
}

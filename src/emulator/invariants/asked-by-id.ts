/**
 * Which versions were asked for by their id, and not as "the newest": an `objectVersion`, or a history. Only these may
 * be older than what their reader has. Models no real component: it reads vault requests.
 */
import type { AnyFact } from "../trace/facts.ts";

/** `<namespace of the pod>|<version>`. */
export type AskedById = Set<string>;

export function rememberAskedById(
  asked: AskedById,
  { data }: Extract<AnyFact, { type: "vault.request" }>,
): void {
  const { pod, version, uri } = data;
  if (pod === null || version === null || !uri.includes(version)) return;
  asked.add(`${pod.slice(0, pod.indexOf("/"))}|${version}`);
}

export function wasAskedById(
  asked: AskedById,
  namespace: string,
  version: string,
): boolean {
  return asked.has(`${namespace}|${version}`);
}

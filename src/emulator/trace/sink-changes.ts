/** From what was written when to the changes of what one sink held. */
import type { EpochMs } from "../../kernel/time.ts";
import type { SinkEntry } from "./pod-history.ts";
import type { SinkVersion } from "./versions.ts";

/** Keeps the writes after which another version was there. */
export function changesOf<
  Write extends { readonly t: EpochMs; readonly seq: number },
>(
  writes: readonly Write[],
  held: (write: Write) => SinkVersion | undefined,
): SinkEntry[] {
  const entries: SinkEntry[] = [];
  let last: SinkVersion | null = null;
  for (const write of writes) {
    const found = held(write);
    const version = found === undefined ? null : plainVersion(found);
    if (sameVersion(last, version)) continue;
    entries.push({ t: write.t, cause: write.seq, version });
    last = version;
  }
  return entries;
}

function plainVersion(from: SinkVersion): SinkVersion {
  const { object, version, ordinal, form, source, resourceVersion } = from;
  const plain = { object, version, ordinal, form };
  return source === undefined || resourceVersion === undefined
    ? plain
    : { ...plain, source, resourceVersion };
}

function sameVersion(a: SinkVersion | null, b: SinkVersion | null): boolean {
  if (a === null || b === null) return a === b;
  return a.object === b.object && a.version === b.version && a.form === b.form;
}

/** Why a watched place changed, in a word for a narrow column. */
import type { SinkEntry } from "../trace/pod-history.ts";
import type { SinkTrack } from "../trace/sink-history.ts";

/** What is looked at. */
export interface Watched {
  readonly track: SinkTrack | null;
  /** Whether a container gets it when it is created, and never again. */
  readonly given: boolean;
  /** How a program notices a new value; empty for what is no memory of one. */
  readonly program: string;
}

/** What made a program take a new value, by how it notices. */
const NOTICED: ReadonlyMap<string, string> = new Map([
  ["reads-once", "restart"],
  ["reads-each-use", "use"],
  ["polls-file", "poll"],
  ["watches-directory", "watch"],
  ["watches-file", "watch"],
  ["watches-data-link", "watch"],
  ["reloads-on-signal", "SIGHUP"],
  ["polls-vault", "vault poll"],
  ["dotnet", "vault poll"],
  ["spring", "vault poll"],
  ["caches-vault", "use"],
  ["refetches-when-refused", "refusal"],
]);

/**
 * What brought a change: the mount, the driver's poll, the kubelet's pod sync, a new container; empty where the track
 * does not tell.
 */
export function reasonOf(
  entry: SinkEntry,
  { track, given, program }: Watched,
): string {
  if (track === null || track.pod === null) return "";
  const isFirst = entry === track.entries[0];
  if (program !== "") return isFirst ? "start" : (NOTICED.get(program) ?? "");
  if (given) return isFirst ? "start" : "restart";
  if (isFirst) return "mount";
  const { place, pod } = track;
  const volume = pod.volumes.find(({ name }) => name === place?.volume);
  switch (volume?.kind) {
    case "csi":
      return "poll";
    case "secret":
    case "configMap":
    case "projected":
      return "pod sync";
    default:
      return "";
  }
}

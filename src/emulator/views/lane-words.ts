/**
 * What a design document says of each way to an application that is no product's: how it hears of a change, what becomes
 * new, and whether a pod has to be restarted. Products say it themselves (`LaneProduct`).
 *
 * Source: alternatives.md 1 of the reference, columns trigger, refreshes and pod restart
 */
export interface LaneWords {
  /** How it hears of a change. */
  readonly hears: string;
  /** What becomes new. */
  readonly refreshes: string;
  readonly restart: string;
}

/** By how a program notices (`app.started`). */
export const APP_WORDS: ReadonlyMap<string, LaneWords> = new Map(
  (
    [
      ["reads-once", "its start", "yes"],
      ["reads-each-use", "reads at each use", "no"],
      ["polls-file", "polls the file", "no"],
      ["watches-directory", "watches the directory", "no"],
      ["watches-file", "watches the file", "after one change"],
      ["watches-data-link", "watches ..data", "after one change"],
      ["reloads-on-signal", "SIGHUP of a sidecar", "no"],
      ["polls-vault", "polls the vault", "no"],
      ["dotnet", "polls the vault (.NET)", "for IOptions"],
      ["spring", "polls the vault (Spring)", "for @Value"],
      ["caches-vault", "TTL, on use", "no"],
      ["refetches-when-refused", "a refused login", "no"],
    ] as const
  ).map(([kind, hears, restart]) => [
    kind,
    { hears, refreshes: "memory", restart },
  ]),
);

/** By what a pod's sink is. */
export const SINK_WORDS = {
  reconciler: {
    hears: "driver's ticker",
    refreshes: "CSI file",
    restart: "no",
  },
  republish: {
    hears: "kubelet's republish",
    refreshes: "CSI file",
    restart: "no",
  },
  volume: {
    hears: "Secret, pod sync",
    refreshes: "Secret's file",
    restart: "no",
  },
  pinned: {
    hears: "container start",
    refreshes: "subPath file",
    restart: "yes",
  },
  env: { hears: "container start", refreshes: "env", restart: "yes" },
  reloader: {
    hears: "Reloader",
    refreshes: "env",
    restart: "Reloader does it",
  },
  secret: { hears: "who writes it", refreshes: "Secret", restart: "for env" },
} as const satisfies Readonly<Record<string, LaneWords>>;

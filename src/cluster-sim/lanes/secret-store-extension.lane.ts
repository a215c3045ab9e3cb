/**
 * The Azure Key Vault Secret Store extension: the sync controller as Azure packages it for Arc-enabled clusters.
 *
 * Knobs    rotationPollIntervalInSeconds (`every`, 3600 s), jitterSeconds (`jitter`, 0)
 * States   as the sync controller's, with a random wait before each pass but that of its beginning
 * Timers   SECRET_STORE_EXTENSION_INTERVAL_MS  1 h
 * Source: Microsoft Learn, Azure Key Vault Secret Store extension configuration reference; alternatives.md 4.2
 * Simplification: The Secret Store extension's jitter is drawn uniformly, and its first pass has none.
 * Setting: The Secret Store extension's interval of 3600 s and its jitter of 0 s are those of a documentation page whose version is not known.
 */
import { SECRET_STORE_EXTENSION_INTERVAL_MS } from "../defaults.ts";
import type { LaneProduct } from "./lane.ts";
import { SYNC_CONTROLLER_LANE } from "./sync-controller.lane.ts";

export const SECRET_STORE_EXTENSION_LANE: LaneProduct = {
  ...SYNC_CONTROLLER_LANE,
  kind: "secret-store-extension",
  title: "Secret Store extension (Arc)",
  hears: "ticker with jitter",
  defaultEveryMs: SECRET_STORE_EXTENSION_INTERVAL_MS,
  jitters: true,
};

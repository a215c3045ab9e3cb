/** Reloader as its usual objects: applied when a world begins with it, or when a settings command changes how it is installed. */
import type { ApiServer } from "../../cluster-sim/index.ts";
import { reloaderManifests } from "../../cluster-sim/index.ts";
import type { ApiReply } from "../../cluster-sim/ports.ts";
import { InvariantViolation } from "../../kernel/errors.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Settings } from "./settings.ts";

const CALLER = "kubectl";

type Reloader = Settings["reloader"];

/** The objects that a world begins with because of its settings; none where a profile could not be read. */
export function installedObjects({
  reloader,
}: Partial<Settings>): readonly JsonObject[] {
  return reloader?.installed === true ? reloaderManifests(reloader) : [];
}

/** As `kubectl apply` of its manifest, where the settings want it. */
export function installReloader(
  apiServer: ApiServer,
  reloader: Reloader,
): void {
  if (!reloader.installed) return;
  for (const manifest of reloaderManifests(reloader))
    expectDone(apiServer.apply(manifest, { by: CALLER }), manifest);
}

/** A flag that changes rolls its Deployment; what is no longer wanted is deleted. */
export function changeReloader(
  apiServer: ApiServer,
  before: Reloader,
  after: Reloader,
): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  installReloader(apiServer, after);
  if (!before.installed || after.installed) return;
  for (const manifest of reloaderManifests(before).toReversed()) {
    const { name, namespace = "" } = manifest["metadata"] as {
      readonly name: string;
      readonly namespace?: string;
    };
    // What somebody has deleted by himself is no mistake.
    apiServer.remove(manifest["kind"] as string, namespace, name, CALLER);
  }
}

/** The server may be down, and then a command is refused; it never refuses these objects. */
function expectDone(reply: ApiReply, manifest: JsonObject): void {
  if (reply.ok || reply.error.code === 0 || reply.error.code >= 500) return;
  throw new InvariantViolation(
    "ReloaderRefused",
    `Failed to install Reloader: the API server refused its ${manifest["kind"] as string}: ${reply.error.message}`,
  );
}

/**
 * Who asks the vault, as a request tells it: the provider of a node for a mount, a program for itself, or a lane.
 *
 * Source: csi-driver.md 9 of the reference (user agents of the provider); a provider is written in Go, and the programs of
 * this model use the SDKs of other languages.
 */

const LANE = "lane/";
const GO_SDK = /^azsdk-go-|go-autorest/;

/** The lane that a request is made for; null for everybody else. */
export function laneOf({
  pod,
}: {
  readonly pod: string | null;
}): string | null {
  return pod?.startsWith(LANE) === true ? pod.slice(LANE.length) : null;
}

/** How the requests of a lane name it. */
export function laneCaller(lane: string): string {
  return LANE + lane;
}

/** Whether a program of the pod asks for itself, and not a provider for one of its mounts. */
export function isProgram({
  pod,
  userAgent,
}: {
  readonly pod: string | null;
  readonly userAgent: string;
}): boolean {
  return pod !== null && laneOf({ pod }) === null && !GO_SDK.test(userAgent);
}

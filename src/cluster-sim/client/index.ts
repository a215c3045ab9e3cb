/** What components that talk to the API server share: caches and the event recorder. */
export { applyWatch, itemKey, keyOf, newInformer } from "./informer.ts";
export type { Informer, InformerChange } from "./informer.ts";
export {
  EventRecorder,
  eventObject,
  newEventRecorderState,
} from "./event-recorder.ts";
export type {
  EventInput,
  EventObject,
  EventRecorderState,
} from "./event-recorder.ts";
export { NO_REPLY } from "./no-reply.ts";
export { lineageName } from "./lineage.ts";

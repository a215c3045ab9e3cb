/** Commands in containers. */
export { execOutput } from "./exec-output.ts";
export type { ExecStream } from "./exec-output.ts";
export { ExecService } from "./exec-service.ts";
export type {
  ExecAnswer,
  ExecRequest,
  ExecServiceParts,
} from "./exec-service.ts";

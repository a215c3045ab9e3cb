/** The files of `--out DIR`. */
export { openComparison } from "./comparison.ts";
export { RunOutput, openOutput, traceLine } from "./run-output.ts";
export type {
  FinalFiles,
  OutputOptions,
  TraceHeader,
  WrittenFiles,
} from "./run-output.ts";

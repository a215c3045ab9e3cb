/** The files of `--out DIR`. */
export { RunOutput, openOutput, traceLine } from "./run-output.ts";
export type {
  FinalFiles,
  OutputOptions,
  TraceHeader,
  WrittenFiles,
} from "./run-output.ts";

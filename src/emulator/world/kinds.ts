/** The kinds that a world's API server knows, for those who read what users write. */
export { KINDS } from "../../cluster-sim/index.ts";

import { defineConfig } from "vitest/config";
import { StateTableReporter } from "./test/state-tables/coverage-reporter.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    reporters: ["default", new StateTableReporter()],
    // No module of ours holds state (a world's is its own), so files may share them: a third of the time.
    isolate: false,
    // The default leaves one core to the watcher, of two that is half.
    maxWorkers: "100%",
    testTimeout: 60_000,
  },
});

/** The controllers of kube-controller-manager that run workloads, in the order in which it hears of changes. */
import type { Controller } from "./controller.ts";
import { daemonSetController } from "./daemon-set/daemon-set.controller.ts";
import { deploymentController } from "./deployment/deployment.controller.ts";
import { cronJobController } from "./job/cron-job.controller.ts";
import { jobController } from "./job/job.controller.ts";
import { ttlAfterFinishedController } from "./job/ttl-after-finished.controller.ts";
import { replicaSetController } from "./replica-set/replica-set.controller.ts";
import { statefulSetController } from "./stateful-set/stateful-set.controller.ts";

export function workloadControllers(): readonly Controller[] {
  return [
    deploymentController,
    replicaSetController,
    statefulSetController,
    daemonSetController,
    jobController,
    cronJobController,
    ttlAfterFinishedController,
  ];
}

import { describe, expect, test } from "vitest";
import { EnvironmentFixed } from "../../../src/emulator/invariants/environment-fixed.ts";
import { Trace, V1, V2, broken } from "./support.ts";

const run = (trace: Trace) => broken(new EnvironmentFixed(), trace);
const running = (attempt = 0) =>
  new Trace().pod().created(attempt).container("started", { attempt });
const ended = { attempt: 0, exitCode: 1, reason: "Error" };

/** What the invariant says of the container `app`, for the fact `seq`. */
function message(why: string, seq: number, type: string) {
  return {
    code: "ContainerLife",
    message: `Failed to keep the invariant ContainerLife: container app of default/busybox ${why} (fact ${seq}, container.${type} of default/busybox, 2024-04-29T09:00:00.000Z)`,
  };
}

describe("a container", () => {
  test("is created, started and ended, and then made anew", () => {
    const trace = running()
      .container("exited", ended)
      .created(1)
      .container("started", { attempt: 1 });
    expect(run(trace)).toBeNull();
  });

  test("breaks when it is created where no kubelet has the pod", () => {
    const why = "was created although no kubelet has the pod";
    expect(run(new Trace().created(0))).toEqual(message(why, 1, "created"));
    const gone = new Trace().pod().podIs("gone").created(0);
    expect(run(gone)).toEqual(message(why, 3, "created"));
  });

  test("breaks when it is created while the one before it runs", () => {
    expect(run(running().created(1))).toEqual(
      message("was created while attempt 0 was running", 4, "created"),
    );
  });

  test.each([0, 2])("breaks when attempt 0 is followed by %i", (attempt) => {
    expect(run(running().container("exited", ended).created(attempt))).toEqual(
      message(`was created as attempt ${attempt}, not 1`, 5, "created"),
    );
  });

  test("gets its attempt again when it was never started", () => {
    const trace = new Trace().pod().created(0).created(0);
    expect(run(trace)).toBeNull();
    expect(run(trace.created(1))?.code).toBe("ContainerLife");
  });

  test("breaks when it is started twice, or without having been created", () => {
    const attempt = { attempt: 0 };
    expect(run(running().container("started", attempt))).toEqual(
      message("was started as attempt 0, which is running", 4, "started"),
    );
    expect(run(new Trace().pod().container("started", attempt))).toEqual(
      message("was started as attempt 0, which was not created", 2, "started"),
    );
  });

  test("breaks when it ends twice, or without having been started", () => {
    const twice = running()
      .container("exited", ended)
      .container("exited", ended);
    expect(run(twice)).toEqual(
      message("ended as attempt 0, which has ended", 5, "exited"),
    );
    const never = new Trace().pod().created(0).container("exited", ended);
    expect(run(never)).toEqual(
      message("ended as attempt 0, which was not started", 3, "exited"),
    );
  });

  test("breaks when it is ready while it does not run", () => {
    const ready = { ready: true };
    expect(run(running().container("ready", ready))).toBeNull();
    expect(run(new Trace().pod().created(0).container("ready", ready))).toEqual(
      message("is ready although it was not started", 3, "ready"),
    );
    const exited = running()
      .container("exited", ended)
      .container("ready", { ready: false });
    expect(run(exited)).toBeNull();
  });
});

describe("a node that was down", () => {
  test("has no container that still runs", () => {
    const down = (trace: Trace) =>
      trace.process("node.stopped").process("node.started");
    const exited = { ...ended, exitCode: 255, reason: "Unknown" };
    expect(run(down(running().container("exited", exited)))).toBeNull();
    expect(run(down(running()))).toEqual({
      code: "ContainerLife",
      message:
        "Failed to keep the invariant ContainerLife: container app of pod uid uid-1 runs although node-0 was down (fact 5, node.started of node-0, 2024-04-29T09:00:00.000Z)",
    });
  });
});

describe("a pinned file", () => {
  const pinned = (held: typeof V1) =>
    new Trace().pod().files({ secret1: V1 }).created(0, { pin: held });

  test("is what the volume holds when the container is created", () => {
    expect(run(pinned(V1))).toBeNull();
    expect(run(pinned(V2))).toEqual(
      message(
        "pinned v2 of kvdemo/secrets/secret1 at /etc/secret1, which its volume store does not hold",
        3,
        "created",
      ),
    );
    const unmounted = new Trace()
      .pod()
      .files({ secret1: V1 })
      .unmounted()
      .created(0, { pin: V1 });
    expect(run(unmounted)?.code).toBe("ContainerLife");
  });

  test("may differ from the volume from then on", () => {
    expect(run(pinned(V1).files({ secret1: V2 }))).toBeNull();
  });
});

describe("a command", () => {
  const exec = { exec: "exec-1" };
  const begun = () => running().container("exec.started", exec);

  test("runs in a container that runs, and ends once", () => {
    const trace = begun()
      .container("exec.output", exec)
      .container("exec.finished", exec);
    expect(run(trace)).toBeNull();
    expect(run(trace.container("exec.finished", exec))).toEqual(
      message("says that the command exec-1 runs in it", 7, "exec.finished"),
    );
  });

  test("ends with its container, without another word", () => {
    const ending = () => begun().container("exited", ended);
    expect(run(ending().container("exec.finished", exec))).toBeNull();
    expect(run(ending().container("exec.output", exec))).toEqual(
      message(
        "prints what the command exec-1 says although it has ended",
        6,
        "exec.output",
      ),
    );
  });

  test("breaks when it begins in a container that does not run, or twice", () => {
    const created = new Trace().pod().created(0);
    expect(run(created.container("exec.started", exec))).toEqual(
      message(
        "runs the command exec-1 although it was not started",
        3,
        "exec.started",
      ),
    );
    expect(run(begun().container("exec.started", exec))).toEqual(
      message("runs the command exec-1 a second time", 5, "exec.started"),
    );
  });
});

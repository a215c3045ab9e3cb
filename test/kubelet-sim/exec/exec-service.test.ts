import { describe, expect, it, test } from "vitest";
import { execOutput } from "../../../src/kubelet-sim/exec/exec-output.ts";
import { aContainer, UID } from "./support.ts";

test("a command runs without a shell, as its words say", () => {
  const container = aContainer({ store: { secret1: "v1\n" } });
  expect(container.run(["cat", "/mnt/store/secret1"])).toEqual({
    stdout: "v1\n",
    stderr: "",
    exitCode: 0,
  });
  expect(container.run(["echo", "$HOME", "*"]).stdout).toBe("$HOME *\n");
});

test("the environment is the pod's beside what a runtime sets", () => {
  const container = aContainer({ env: { APP: "x y", PATH: "/bin" } });
  expect(container.run(["env"]).stdout).toBe(
    "PATH=/bin\nHOSTNAME=web\nAPP=x y\nHOME=/root\n",
  );
  expect(container.run(["printenv", "APP", "HOME"]).stdout).toBe(
    "x y\n/root\n",
  );
});

test("the working directory is the container's", () => {
  const container = aContainer({ container: { workingDir: "/srv/app" } });
  expect(container.run(["pwd"]).stdout).toBe("/srv/app\n");
});

describe("a command that cannot be started", () => {
  const OCI =
    "OCI runtime exec failed: exec failed: unable to start container process: exec: ";

  it.each([
    ["foo", '"foo": executable file not found in $PATH: unknown', 127],
    [
      "/bin/foo",
      '"/bin/foo": stat /bin/foo: no such file or directory: unknown',
      127,
    ],
    ["/etc/hostname", '"/etc/hostname": permission denied: unknown', 126],
  ])("is answered as the runtime answers: %s", (name, text, exitCode) => {
    expect(aContainer().run([name, "arg"])).toEqual({
      stdout: "",
      stderr: `${OCI}${text}\n`,
      exitCode,
    });
  });

  it("because its container does not run is refused", () => {
    const { service } = aContainer();
    const request = { uid: UID, exec: "e", command: ["ls"] };
    expect(service.start({ ...request, container: "other" })).toEqual({
      ok: false,
      error: 'container not found ("other")',
    });
  });

  it("because it has no words is refused", () => {
    const { service } = aContainer();
    const request = { uid: UID, container: "main", exec: "e", command: [] };
    expect(service.start(request)).toEqual({
      ok: false,
      error: "you must specify at least one command for the container",
    });
  });
});

describe("facts", () => {
  it("say what ran, what it printed by size, and how it ended", () => {
    const container = aContainer();
    const exec = container.start(
      "sh",
      "-c",
      "echo a; echo b; echo err >&2; sleep 1; echo c; exit 3",
    );
    container.advance(1000);
    const about = {
      namespace: "default",
      name: "web",
      uid: UID,
      container: "main",
      exec,
    };
    const own = container.facts.filter(({ data }) => data["exec"] === exec);
    expect(
      own.every(
        (fact) => fact.at === "node-0/exec" && fact.about === "default/web",
      ),
    ).toBe(true);
    expect(own.map(({ type, data }) => [type, data])).toEqual([
      [
        "container.exec.started",
        {
          ...about,
          command: [
            "sh",
            "-c",
            "echo a; echo b; echo err >&2; sleep 1; echo c; exit 3",
          ],
        },
      ],
      [
        "container.exec.output",
        { ...about, stream: "stdout", index: 0, bytes: 4 },
      ],
      [
        "container.exec.output",
        { ...about, stream: "stderr", index: 0, bytes: 4 },
      ],
      [
        "container.exec.output",
        { ...about, stream: "stdout", index: 1, bytes: 2 },
      ],
      [
        "container.exec.finished",
        { ...about, exitCode: 3, stdout: 2, stderr: 1 },
      ],
    ]);
    expect(execOutput(container.values, own)).toBe("a\nb\nerr\nc\n");
    expect(execOutput(container.values, own, "stdout")).toBe("a\nb\nc\n");
  });

  it("never hold a value: known ones in the words of a command are masked", () => {
    const container = aContainer({ store: { a: "s3cret-value\n", b: "abc" } });
    container.run([
      "sh",
      "-c",
      "[ s3cret-value = abc ] || echo czNjcmV0LXZhbHVlCg==",
    ]);
    const [started] = container.of("container.exec.started");
    expect(started!.data["command"]).toEqual([
      "sh",
      "-c",
      "[ <secret> = abc ] || echo <secret>==",
    ]);
    expect(JSON.stringify(container.facts)).not.toContain("s3cret");
  });

  it("of output have as first cause what brought the content", () => {
    const container = aContainer({ store: { a: "old\n" } });
    container.write({ a: "new\n" });
    const switched = container.of("volume.switched").at(-1)!;
    container.run(["cat", "/mnt/store/a"]);
    const [started] = container.of("container.exec.started");
    const [output] = container.of("container.exec.output");
    expect(output!.causes).toEqual([switched.seq, started!.seq]);
  });

  it("of output name where a variable's value came from, too", () => {
    const container = aContainer();
    const { content } = container.file("password", "pw-1");
    const origin = {
      source: "Secret/app",
      key: "password",
      resourceVersion: "7",
      content,
    };
    const env = [{ name: "PASSWORD", value: "pw-1", origin }];
    container.running = { ...container.running!, config: { env, pinned: [] } };
    container.sh("echo $PASSWORD");
    container.sh("PASSWORD=other; echo $PASSWORD");
    const [first, second] = container.of("container.exec.output");
    expect(first!.causes[0]).toBe(content.from);
    expect(second!.causes).not.toContain(content.from);
  });

  it("of a quiet command are two", () => {
    const container = aContainer();
    container.run(["true"]);
    expect(container.facts.slice(-2).map(({ type }) => type)).toEqual([
      "container.exec.started",
      "container.exec.finished",
    ]);
  });
});

describe("when the container ends", () => {
  it("its commands end with exit code 137, and nothing of them is left", () => {
    const container = aContainer();
    const exec = container.start("sh", "-c", "echo a; sleep 60 | sleep 90");
    container.advance(1000);
    container.sim.command(() => container.service.containerEnded(UID, "main"));
    expect(container.ran(exec)).toEqual({
      stdout: "a\n",
      stderr: "",
      exitCode: 137,
    });
    expect(container.sim.nextDueAt).toBeNull();
    expect(container.service.state.sessions.size).toBe(0);
  });

  it("commands of other containers go on", () => {
    const container = aContainer();
    const exec = container.start("sleep", "5");
    container.advance(1000);
    container.sim.command(() => container.service.containerEnded(UID, "side"));
    container.advance(4000);
    expect(container.ran(exec).exitCode).toBe(0);
  });

  it("and another attempt runs instead, a command of the earlier one is dead", () => {
    const container = aContainer();
    const exec = container.start("sleep", "5");
    container.advance(1000);
    container.running = { ...container.running!, attempt: 1 };
    container.advance(4000);
    expect(container.ran(exec).exitCode).toBe(137);
  });
});

describe("the articles' commands", () => {
  const container = () =>
    aContainer({
      store: { secret1: "Even newer value" },
      env: { SYNCED_SECRET: "from-env" },
    });

  it("cat a file of a volume", () => {
    const one = container();
    expect(one.run(["cat", "/mnt/store/secret1"]).stdout).toBe(
      "Even newer value",
    );
    expect(one.run(["/bin/sh", "-c", "cat /mnt/store/secret1"]).stdout).toBe(
      "Even newer value",
    );
  });

  it("echo a variable", () => {
    const ran = container().run(["/bin/sh", "-c", "echo $SYNCED_SECRET"]);
    expect(ran).toEqual({ stdout: "from-env\n", stderr: "", exitCode: 0 });
  });

  it("watch two files", () => {
    const one = container();
    const exec = one.start(
      "watch",
      "-n",
      "1",
      "cat",
      "/mnt/store/secret1",
      "/etc/hostname",
    );
    one.advance(1000);
    const title = "Every 1.0s: cat /mnt/store/secret1 /etc/hostname";
    expect(one.pieces(exec)[1]).toEqual([
      1,
      `${title.padEnd(60)}2024-04-29 09:00:01\n\nEven newer valueweb\n`,
    ]);
  });

  it("open a shell, which ends at once without a terminal", () => {
    expect(container().run(["sh"])).toEqual({
      stdout: "",
      stderr: "",
      exitCode: 0,
    });
  });

  it("list files, long and all", () => {
    const { stdout } = container().run(["ls", "-l", "/mnt/store"]);
    expect(stdout).toBe(
      "total 0\nlrwxrwxrwx    1 root     root            14 Apr 29 09:00 secret1 -> ..data/secret1\n",
    );
  });

  it("decode base64", () => {
    const ran = container().sh("echo RXZlbiBuZXdlciB2YWx1ZQ== | base64 -d");
    expect(ran.stdout).toBe("Even newer value");
  });
});

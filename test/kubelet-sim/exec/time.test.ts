import { describe, expect, it } from "vitest";
import { aContainer } from "./support.ts";

describe("sleep", () => {
  it("takes virtual time, to the millisecond", () => {
    const container = aContainer();
    const exec = container.start("sh", "-c", "sleep 1.5; echo done");
    container.advance(1499);
    expect(container.ran(exec)).toMatchObject({ stdout: "", exitCode: null });
    container.advance(1);
    expect(container.ran(exec)).toMatchObject({
      stdout: "done\n",
      exitCode: 0,
    });
  });

  it("adds its arguments and knows units", () => {
    const container = aContainer();
    const exec = container.start("sleep", "1", "0.5s", "0.01m");
    container.advance(2099);
    expect(container.ran(exec).exitCode).toBeNull();
    container.advance(1);
    expect(container.ran(exec).exitCode).toBe(0);
  });
});

describe("date", () => {
  it("is the virtual time, in UTC", () => {
    const script =
      "date; date +%s; date -Iseconds; sleep 61; date -u '+%F %T'; date -d @0 +%Y";
    const { stdout } = aContainer().sh(script, 61_000);
    expect(stdout).toBe(
      "Mon Apr 29 09:00:00 UTC 2024\n1714381200\n2024-04-29T09:00:00+00:00\n2024-04-29 09:01:01\n1970\n",
    );
  });
});

describe("watch", () => {
  it("runs its command every period, under a header of 79 columns", () => {
    const container = aContainer({ store: { a: "1\n" } });
    const exec = container.start("watch", "-n", "1", "cat", "/mnt/store/a");
    container.advance(2000);
    const header = (second: string) =>
      `${"Every 1.0s: cat /mnt/store/a".padEnd(60)}2024-04-29 09:00:${second}\n\n1\n`;
    expect(container.pieces(exec)).toEqual([
      [0, header("00")],
      [1, header("01")],
      [2, header("02")],
    ]);
    expect(container.ran(exec).exitCode).toBeNull();
  });

  it("sees a rotation between two periods, and not before", () => {
    const container = aContainer({ store: { secret1: "old\n" } });
    const exec = container.start(
      "watch",
      "-n",
      "1",
      "-t",
      "cat /mnt/store/secret1",
    );
    container.advance(1500);
    container.write({ secret1: "new\n" });
    container.advance(499);
    expect(container.pieces(exec)).toEqual([
      [0, "old\n"],
      [1, "old\n"],
    ]);
    container.advance(1);
    expect(container.pieces(exec).at(-1)).toEqual([2, "new\n"]);
  });

  it("is every two seconds unless told", () => {
    const container = aContainer();
    const exec = container.start("watch", "-t", "echo", "x");
    container.advance(4000);
    expect(container.pieces(exec).map(([at]) => at)).toEqual([0, 2, 4]);
  });

  it("streams into a pipe", () => {
    const container = aContainer({ store: { a: "b\n" } });
    const exec = container.start(
      "sh",
      "-c",
      "watch -n 2 cat /mnt/store/a | grep b",
    );
    container.advance(2000);
    expect(container.pieces(exec)).toEqual([
      [0, "b\n"],
      [2, "b\n"],
    ]);
  });

  it("goes on without remembering its rounds", () => {
    const container = aContainer();
    const exec = container.start("watch", "-n", "1", "-t", "true");
    container.advance(3_600_000);
    const session = container.service.state.sessions.get(exec);
    expect(session?.remembered.results).toBeLessThan(10);
  });
});

describe("timeout", () => {
  it("ends a command with SIGTERM, and the exit code of that", () => {
    const container = aContainer();
    const exec = container.start(
      "timeout",
      "2",
      "sh",
      "-c",
      "echo a; sleep 9; echo b",
    );
    container.advance(1999);
    expect(container.ran(exec).exitCode).toBeNull();
    container.advance(1);
    expect(container.ran(exec)).toEqual({
      stdout: "a\n",
      stderr: "",
      exitCode: 143,
    });
  });

  it("leaves a command alone that ends before, and no event behind", () => {
    const container = aContainer();
    expect(container.run(["timeout", "60", "echo", "quick"])).toMatchObject({
      stdout: "quick\n",
      exitCode: 0,
    });
    expect(container.sim.nextDueAt).toBeNull();
  });

  it("takes another signal", () => {
    const ran = aContainer().run(
      ["timeout", "-s", "KILL", "1", "sleep", "5"],
      1000,
    );
    expect(ran.exitCode).toBe(137);
  });
});

describe("a pipe", () => {
  it("streams, and a loop of the shell ends when nobody reads it any more", () => {
    const container = aContainer();
    const script =
      "while true; do echo tick; sleep 1; done | head -n 3; echo end";
    const exec = container.start("sh", "-c", script);
    container.advance(2000);
    expect(container.pieces(exec)).toEqual([
      [0, "tick\n"],
      [1, "tick\n"],
      [2, "tick\n"],
    ]);
    container.advance(999);
    expect(container.ran(exec).exitCode).toBeNull();
    container.advance(1);
    expect(container.ran(exec)).toMatchObject({ exitCode: 0 });
    expect(container.pieces(exec).at(-1)).toEqual([3, "end\n"]);
  });

  it("kills a child that writes into it, while the loop around the child goes on, as in a real shell", () => {
    const container = aContainer({ store: { a: "x\n" } });
    const script = "while true; do cat /mnt/store/a; sleep 1; done | head -n 3";
    const exec = container.start("sh", "-c", script);
    container.advance(60_000);
    expect(container.ran(exec)).toEqual({
      stdout: "x\nx\nx\n",
      stderr: "",
      exitCode: null,
    });
  });

  it("makes its writer wait when it is full", () => {
    const script = "seq 1 30000 | { sleep 5; wc -l; }";
    const container = aContainer();
    const exec = container.start("sh", "-c", script);
    container.advance(5000);
    expect(container.pieces(exec)).toEqual([[5, "30000\n"]]);
  });

  it("of a killed writer has the exit status of SIGPIPE", () => {
    const script = "set -o pipefail; seq 1 100000 | head -n 1; echo $?";
    expect(aContainer().prints(script)).toBe("1\n141\n");
  });
});

describe("tail", () => {
  const stages = (option: string) => {
    const container = aContainer({ store: { log: "one\n" } });
    const exec = container.start("tail", option, "/mnt/store/log");
    container.advance(2500);
    container.write({ log: "two\n" });
    container.advance(3000);
    return { container, exec };
  };

  it("-f stays with the file it opened, and so goes deaf when `..data` moves on", () => {
    const { container, exec } = stages("-f");
    expect(container.ran(exec)).toEqual({
      stdout: "one\n",
      stderr: "",
      exitCode: null,
    });
  });

  it("-F looks the name up every second and follows", () => {
    const { container, exec } = stages("-F");
    expect(container.pieces(exec)).toEqual([
      [0, "one\n"],
      [3, "two\n"],
    ]);
    expect(container.ran(exec).stderr).toBe(
      "tail: /mnt/store/log has been replaced; following end of new file\n",
    );
  });

  it("-F waits for a file that is not there yet", () => {
    const container = aContainer({ store: { other: "" } });
    const exec = container.start("tail", "-F", "/mnt/store/log");
    container.advance(1500);
    container.write({ log: "now\n" });
    container.advance(500);
    expect(container.pieces(exec)).toEqual([[2, "now\n"]]);
    expect(container.ran(exec).stderr).toBe(
      "tail: can't open '/mnt/store/log': No such file or directory\ntail: /mnt/store/log has appeared; following end of new file\n",
    );
  });

  it("-f prints what another command appends", () => {
    const container = aContainer();
    container.sh("echo a >/tmp/log");
    const exec = container.start("tail", "-f", "/tmp/log");
    container.advance(1000);
    container.sh("echo b >>/tmp/log");
    container.advance(1000);
    expect(container.pieces(exec).map(([, text]) => text)).toEqual([
      "a\n",
      "b\n",
    ]);
  });

  it("-f streams into a pipe", () => {
    const container = aContainer();
    container.sh("echo key=1 >/tmp/log");
    const exec = container.start(
      "sh",
      "-c",
      "tail -f /tmp/log | grep key | cut -d= -f2",
    );
    container.advance(500);
    container.sh("echo other >>/tmp/log; echo key=2 >>/tmp/log");
    container.advance(1000);
    expect(container.ran(exec).stdout).toBe("1\n2\n");
  });
});

describe("a command that does not come to an end", () => {
  it.each([
    "while true; do :; done",
    "while :; do echo x; done",
    "until false; do cat /etc/hostname; done",
  ])("is ended with a clear error: %s", (script) => {
    const ran = aContainer().sh(script);
    expect(ran.exitCode).toBe(137);
    expect(ran.stderr).toMatch(
      /^keyturn: Failed to run the command on: it (took \d+ steps|printed more than \d+ bytes) without virtual time passing/,
    );
  });

  it("and reads more than can be remembered is ended, too", () => {
    const container = aContainer();
    const double = "x=$x$x";
    container.sh(
      `x=0123456789abcdef; ${`${double};`.repeat(15)} echo $x >/tmp/big`,
    );
    const script = "while true; do x=$(cat /tmp/big); sleep 1; done";
    const exec = container.start("sh", "-c", script);
    container.advance(600_000);
    const { exitCode, stderr } = container.ran(exec);
    expect(exitCode).toBe(137);
    expect(stderr).toMatch(/it read more than \d+ bytes: start it anew/);
  });

  it("but sleeps in its loop is left alone", () => {
    const container = aContainer();
    const exec = container.start("sh", "-c", "while true; do sleep 1; done");
    container.advance(600_000);
    expect(container.ran(exec).exitCode).toBeNull();
  });

  it("in a pipe ends when its reader has had enough", () => {
    expect(aContainer().prints("while true; do echo x; done | head -n 2")).toBe(
      "x\nx\n",
    );
  });
});

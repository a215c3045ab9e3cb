import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/kernel/json.ts";
import { aContainer, UID } from "./support.ts";

const TWO = { key1: "one\n", "dir/key2": "two" };

describe("the files of a volume", () => {
  it("are laid out as the AtomicWriter lays them out", () => {
    const container = aContainer({ store: TWO });
    const dir = container.prints("readlink /mnt/store/..data").trim();
    expect(dir).toMatch(/^\.\.2024_04_29_09_00_00\.\d+$/);
    expect(container.prints("ls -la /mnt/store")).toBe(
      [
        "total 4",
        "drwxrwxrwt    3 root     root           120 Apr 29 09:00 .",
        "drwxr-xr-x    3 root     root          4096 Apr 29 09:00 ..",
        `drwxr-xr-x    3 root     root            80 Apr 29 09:00 ${dir}`,
        `lrwxrwxrwx    1 root     root            ${dir.length} Apr 29 09:00 ..data -> ${dir}`,
        "lrwxrwxrwx    1 root     root            10 Apr 29 09:00 dir -> ..data/dir",
        "lrwxrwxrwx    1 root     root            11 Apr 29 09:00 key1 -> ..data/key1",
        "",
      ].join("\n"),
    );
  });

  it("carry the virtual time of the latest write", () => {
    const container = aContainer({ store: TWO });
    container.advance(90_061_000);
    container.write({ key1: "new\n" });
    expect(container.prints("stat -L -c '%n %s %Y %y' /mnt/store/key1")).toBe(
      "/mnt/store/key1 4 1714471261 2024-04-30 10:01:01.000000000 +0000\n",
    );
    expect(container.prints("ls -l /mnt/store/..data/")).toBe(
      "total 4\n-rw-r--r--    1 root     root             4 Apr 30 10:01 key1\n",
    );
  });

  it("can be read by every path that leads to them", () => {
    const container = aContainer({ store: TWO });
    const paths = [
      "/mnt/store/dir/key2",
      "/mnt/store/..data/dir/key2",
      "$(readlink -f /mnt/store/dir/key2)",
      "/etc/../mnt/./store//dir/key2",
    ];
    expect(container.prints(`cat ${paths.join(" ")}`)).toBe("twotwotwotwo");
    expect(
      container.prints("cd /mnt/store/dir; cat key2; ls -R /mnt/store"),
    ).toBe("two/mnt/store:\ndir\nkey1\n");
  });

  it("can be written by nobody in the container", () => {
    const ran = aContainer({ store: TWO }).sh(
      "echo x > /mnt/store/key1; echo x >> /mnt/store/new; cat /mnt/store/key1",
    );
    expect(ran.stderr).toBe(
      "sh: can't create /mnt/store/key1: Read-only file system\nsh: can't create /mnt/store/new: Read-only file system\n",
    );
    expect(ran.stdout).toBe("one\n");
  });

  it("show what stat knows", () => {
    const container = aContainer({ store: TWO });
    const { stdout } = container.run(["stat", "/mnt/store/key1"]);
    expect(stdout.replaceAll(/Inode: \d+ +/g, "Inode: N ")).toBe(
      [
        "  File: '/mnt/store/key1' -> '..data/key1'",
        "  Size: 11        \tBlocks: 0          IO Block: 4096   symbolic link",
        "Device: 100h/256d\tInode: N Links: 1",
        "Access: (0777/lrwxrwxrwx)  Uid: (    0/    root)   Gid: (    0/    root)",
        "Access: 2024-04-29 09:00:00.000000000 +0000",
        "Modify: 2024-04-29 09:00:00.000000000 +0000",
        "Change: 2024-04-29 09:00:00.000000000 +0000",
        "",
      ].join("\n"),
    );
  });

  it("are gone with their payload, and an open file is not", () => {
    const container = aContainer({ store: { a: "old\n" } });
    const script =
      "exec 3</mnt/store/a; d=$(readlink /mnt/store/..data); sleep 5; cat <&3; cat /mnt/store/a; ls /mnt/store/$d";
    const exec = container.start("sh", "-c", script);
    container.advance(1000);
    container.write({ a: "new\n" });
    container.advance(4000);
    expect(container.ran(exec)).toMatchObject({
      stdout: "old\nnew\n",
      exitCode: 1,
    });
  });
});

const mounts = (...list: readonly JsonObject[]) => ({
  container: { volumeMounts: list },
});

describe("a subPath mount", () => {
  it("shows the file that was pinned, whatever the volume does", () => {
    const container = aContainer({
      store: { key1: "old\n" },
      ...mounts(
        { name: "store", mountPath: "/etc/app/key", subPath: "key1" },
        { name: "store", mountPath: "/mnt/store" },
      ),
    });
    const file = container.file("key1", "old\n");
    const pin = {
      mountPath: "/etc/app/key",
      volume: "store",
      subPath: "key1",
      file,
    };
    container.running = {
      ...container.running!,
      config: { env: [], pinned: [pin] },
    };
    container.write({ key1: "new\n" });
    expect(
      container.prints("cat /etc/app/key /mnt/store/key1; ls /etc/app"),
    ).toBe("old\nnew\nkey\n");
  });

  it("of a directory shows it until the volume moves on", () => {
    const container = aContainer({
      store: TWO,
      ...mounts({ name: "store", mountPath: "/app", subPath: "dir" }),
    });
    const { generation } = container.volumes.imageOf(UID, "store")!;
    const directory = { generation, path: "dir" };
    const rest = {
      mountPath: "/app",
      volume: "store",
      subPath: "dir",
      file: null,
    };
    container.running = {
      ...container.running!,
      config: { env: [], pinned: [{ ...rest, directory }] },
    };
    expect(container.prints("cat /app/key2; ls /app")).toBe("twokey2\n");
    container.write({ "dir/key2": "new" });
    expect(container.prints("ls -a /app")).toBe(".\n..\n");
  });
});

describe("what a container writes", () => {
  it("stays in its own layer, for its later commands", () => {
    const container = aContainer();
    container.sh("echo kept > /tmp/note; echo more >> /tmp/note");
    container.advance(60_000);
    expect(container.prints("cat /tmp/note; stat -c %y /tmp/note")).toBe(
      "kept\nmore\n2024-04-29 09:00:00.000000000 +0000\n",
    );
  });

  it("is lost when the container ends", () => {
    const container = aContainer();
    container.sh("echo lost > /tmp/note");
    container.sim.command(() => container.service.containerEnded(UID, "main"));
    container.running = { ...container.running!, attempt: 1 };
    expect(container.sh("cat /tmp/note").exitCode).toBe(1);
  });

  it("into an emptyDir outlives the container, not the pod", () => {
    const container = aContainer({
      ...mounts({ name: "scratch", mountPath: "/scratch" }),
      spec: { volumes: [{ name: "scratch", emptyDir: {} }] },
    });
    container.sh("echo shared > /scratch/f");
    container.sim.command(() => container.service.containerEnded(UID, "main"));
    expect(container.prints("cat /scratch/f")).toBe("shared\n");
    container.sim.command(() => container.service.podGone(UID));
    expect(container.prints("ls /scratch")).toBe("");
  });

  it("into an emptyDir in memory is lost at a reboot", () => {
    const container = aContainer({
      ...mounts(
        { name: "fast", mountPath: "/fast" },
        { name: "disk", mountPath: "/disk", subPath: "sub" },
      ),
      spec: {
        volumes: [
          { name: "fast", emptyDir: { medium: "Memory" } },
          { name: "disk", emptyDir: {} },
        ],
      },
    });
    container.sh("echo a > /fast/f; echo b > /disk/f");
    container.sim.command(() => container.service.rebooted());
    expect(container.prints("ls /fast; cat /disk/f")).toBe("b\n");
  });

  it("is refused where the mount or the root is read-only", () => {
    const container = aContainer({
      container: {
        volumeMounts: [{ name: "e", mountPath: "/e", readOnly: true }],
        securityContext: { readOnlyRootFilesystem: true },
      },
      spec: { volumes: [{ name: "e", emptyDir: {} }] },
    });
    const { stderr } = container.sh("echo a > /e/f; echo a > /tmp/f");
    expect(stderr).toBe(
      "sh: can't create /e/f: Read-only file system\nsh: can't create /tmp/f: Read-only file system\n",
    );
  });
});

describe("the root of a container", () => {
  it("is a small busybox", () => {
    expect(
      aContainer().prints("ls /; cat /etc/hostname; tail -n 1 /etc/hosts"),
    ).toBe(
      "bin\ndev\netc\nhome\nmnt\nroot\ntmp\nusr\nvar\nweb\n10.244.0.5\tweb\n",
    );
  });

  it("has the mount points of its volumes", () => {
    const container = aContainer({
      ...mounts({ name: "store", mountPath: "/very/deep/inside" }),
      store: { a: "x" },
    });
    expect(
      container.prints("ls /very /very/deep; cat very/deep/inside/a"),
    ).toBe("/very:\ndeep\n\n/very/deep:\ninside\nx");
  });

  it("has programs that run and whose bytes are nobody's business", () => {
    const { stdout, stderr } = aContainer().sh("/bin/echo hi; cat /bin/echo");
    expect([stdout, stderr]).toEqual([
      "hi\n",
      "cat: can't open '/bin/echo': Keyturn does not model the content of this file\n",
    ]);
  });

  it("runs scripts of a volume, by themselves or by their shell", () => {
    const container = aContainer({
      store: { "run.sh": '#!/bin/sh -e\necho "$1"; false; echo never\n' },
    });
    const script =
      "/bin/sh -e /mnt/store/run.sh a; echo $?; . /mnt/store/run.sh";
    expect(container.sh(script).stdout).toBe("a\n1\n\nnever\n");
  });

  it("refuses every access to a kind of volume that is not modelled", () => {
    const container = aContainer({
      ...mounts({ name: "host", mountPath: "/host" }),
      spec: { volumes: [{ name: "host", hostPath: { path: "/" } }] },
    });
    expect(container.sh("ls /host; cat /host/x").stderr).toBe(
      "ls: /host: Keyturn does not model the content of this file\ncat: can't open '/host/x': Keyturn does not model the content of this file\n",
    );
  });
});

import { describe, expect, it, test } from "vitest";
import { aContainer } from "./support.ts";

test.each([
  ["true && echo a || echo b; false && echo c || echo d", "a\nd\n"],
  ["if false; then echo 1; elif true; then echo 2; else echo 3; fi", "2\n"],
  ["for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3\n"],
  ["i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", "1\n2\n3\n"],
  ['until [ "$x" = aa ]; do x=a$x; done; echo $x', "aa\n"],
  [
    "for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done",
    "1a\n2a\n",
  ],
  ["set -- x y; for a; do echo $a; done; shift; echo $1 $#", "x\ny\ny 1\n"],
  ["(cd /tmp; x=2; pwd); pwd; echo [$x]", "/tmp\n/\n[]\n"],
  ["{ echo b; echo a; } | sort", "a\nb\n"],
  ["echo a b | { read x y; echo $y $x; }", "b a\n"],
  [
    "printf '%s' 'no end' | while read -r l || [ -n \"$l\" ]; do echo \"<$l>\"; done",
    "<no end>\n",
  ],
  [
    "! true; echo $?; false | true; echo $?; true | false; echo $?",
    "1\n0\n1\n",
  ],
  ["set -o pipefail; false | true; echo $?", "1\n"],
  ["x=1 sh -c 'echo $x'; echo [$x]; export x=2; sh -c 'echo $x'", "1\n[]\n2\n"],
  ["eval 'x=5; echo $x'; unset x; echo ${x-gone}", "5\ngone\n"],
  ["f=$(exit 3); echo $?", "3\n"],
  ["sh -c 'echo $0 $1 $#' name a b", "name a 2\n"],
  ["cd /etc; pwd; cd -; cd ..; cd; pwd", "/etc\n/\n/root\n"],
  ["exec echo replaced; echo never", "replaced\n"],
  [
    "[[ abc == a* && ! -d /etc/hosts ]] && echo yes; [[ v12 =~ ^v[0-9]+$ ]] && echo number",
    "yes\nnumber\n",
  ],
  ["cat <<E\n$((1+1)) $(echo in) \\$x\nE", "2 in $x\n"],
  ["cat <<-'E'\n\tkept $x\n\tE", "kept $x\n"],
  [
    "type cd; command -v cat; command -v nope || echo none",
    "cd is a shell builtin\n/bin/cat\nnone\n",
  ],
])("%s", (script, stdout) => {
  expect(aContainer().prints(script)).toBe(stdout);
});

describe("redirections", () => {
  it("write, append and read the container's files", () => {
    const script =
      "echo a >/tmp/o; echo b >>/tmp/o; cat </tmp/o; wc -l </tmp/o; : >/tmp/o; cat /tmp/o";
    expect(aContainer().prints(script)).toBe("a\nb\n2\n");
  });

  it("send both streams where they are told, in order", () => {
    const script =
      "ls /nope >/tmp/o 2>&1; cat /tmp/o; cat /nope &>/tmp/p; cat /tmp/p; echo lost >/dev/null; ls /nope 2>/dev/null || echo gone";
    expect(aContainer().prints(script)).toBe(
      "ls: /nope: No such file or directory\ncat: can't open '/nope': No such file or directory\ngone\n",
    );
  });

  it("keep the two streams apart otherwise", () => {
    expect(aContainer().sh("echo out; echo err >&2")).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 0,
    });
  });

  it("of exec last", () => {
    const script =
      "exec 3</etc/hostname; cat <&3; exec >/tmp/o; echo kept; cat /tmp/o >&2";
    expect(aContainer().sh(script)).toMatchObject({
      stdout: "web\n",
      stderr: "kept\n",
    });
  });

  it("of a group hold for all of it", () => {
    const script = "for i in 1 2; do echo $i; done >/tmp/o; cat /tmp/o";
    expect(aContainer().prints(script)).toBe("1\n2\n");
  });

  it.each([
    ["cat < /nope; echo $?", "sh: can't open /nope: no such file\n"],
    [
      "echo a > /no/pe; echo $?",
      "sh: can't create /no/pe: nonexistent directory\n",
    ],
    ["echo a > /etc; echo $?", "sh: can't create /etc: Is a directory\n"],
    [
      "echo a > /mnt/store/k; echo $?",
      "sh: can't create /mnt/store/k: Read-only file system\n",
    ],
    ["echo a >&-; echo $?", "sh: write error: Bad file descriptor\n"],
  ])("that fail are said and the command is not run: %s", (script, stderr) => {
    const container = aContainer({ store: { k: "v" } });
    expect(container.sh(script)).toEqual({
      stdout: "1\n",
      stderr,
      exitCode: 0,
    });
  });
});

describe("the exit status", () => {
  it.each([
    ["exit 3", 3],
    ["exit 300", 44],
    ["false", 1],
    ["false; exit", 1],
    ["nope", 127],
    ["/etc/hostname", 126],
    ["/nope", 127],
    ["set -e; false; true", 1],
    ["set -e; false || true; if false; then :; fi; ! true; exit 4", 4],
    ["set -e; x=$(false); exit 4", 1],
    ["if", 2],
    ["shift x", 2],
  ])("of %s is %i", (script, exitCode) => {
    expect(aContainer().sh(script).exitCode).toBe(exitCode);
  });
});

describe("messages", () => {
  it.each([
    ["nope", "sh: nope: not found\n"],
    ["/etc/hostname", "sh: /etc/hostname: Permission denied\n"],
    [
      "cd /nope",
      "sh: cd: line 0: can't cd to /nope: No such file or directory\n",
    ],
    [
      "cd /etc/hostname",
      "sh: cd: line 0: can't cd to /etc/hostname: Not a directory\n",
    ],
    ["if", 'sh: syntax error: unexpected end of file (expecting "then")\n'],
    ['echo "abc', "sh: syntax error: unterminated quoted string\n"],
    ["echo a; )", 'sh: syntax error: unexpected ")"\n'],
    ["echo ${", "sh: syntax error: missing '}'\n"],
    [
      "while true; do echo",
      'sh: syntax error: unexpected end of file (expecting "done")\n',
    ],
    ["export 1a=3", "sh: export: line 0: 1a: bad variable name\n"],
    ["set -q", "sh: set: line 0: illegal option -q\n"],
    ["[ a -eq 1 ]", "sh: a: bad number\n"],
    ["[ 1 -eq 1", "sh: missing ]\n"],
  ])("of %s are busybox's", (script, stderr) => {
    expect(aContainer().sh(script).stderr).toBe(stderr);
  });

  it("begin with what the shell was called by", () => {
    const { stderr } = aContainer().run(["/bin/sh", "-c", "nope"]);
    expect(stderr).toBe("/bin/sh: nope: not found\n");
  });

  it("name the line of a script that is a file", () => {
    const container = aContainer({ store: { "run.sh": "echo $1\nnope\n" } });
    const ran = container.run(["sh", "/mnt/store/run.sh", "arg"]);
    expect(ran).toEqual({
      stdout: "arg\n",
      stderr: "/mnt/store/run.sh: line 2: nope: not found\n",
      exitCode: 127,
    });
  });

  it("trace with set -x", () => {
    const { stderr } = aContainer().sh(`set -x; a=1; X=2 echo "$a b" c`);
    expect(stderr).toBe("+ a=1\n+ X=2 echo '1 b' c\n");
  });
});

describe("what is not interpreted is refused by name, before anything runs", () => {
  it.each([
    ["f() { :; }", "functions (f())"],
    ["a=(1 2)", "arrays (a=(1 2))"],
    ["sleep 1 &", "background commands (&)"],
    ["diff <(ls) x", "process substitution (<(ls))"],
    ["coproc cat", "coproc"],
    ["select x in a; do :; done", "select"],
    ["((x++))", "((…)) as a command"],
    ["for ((i=0;i<3;i++)); do :; done", "for ((…))"],
    ["cat <<<word", "<<<"],
    ["echo ${x/a/b}", "${x/a/b}"],
    ["echo ${!x}", "${!x}"],
    ["echo @(a|b)", "extended patterns (@(a|b))"],
    ["x+=1", "+= (x+=1)"],
    ["time ls", "time"],
  ])("%s", (script, what) => {
    const ran = aContainer().sh(`echo before; ${script}`);
    const stderr = `sh: Keyturn does not interpret ${what}\n`;
    expect(ran).toEqual({ stdout: "", stderr, exitCode: 2 });
  });

  it.each(["trap : INT", "local x", "getopts a x", "kill 1", "umask 077"])(
    "the builtin of %s, when it is met",
    (script) => {
      const name = script.split(" ")[0];
      const ran = aContainer().sh(`echo before; ${script}; echo after`);
      const stderr = `sh: Keyturn does not interpret the builtin ${name}\n`;
      expect(ran).toEqual({ stdout: "before\n", stderr, exitCode: 2 });
    },
  );
});

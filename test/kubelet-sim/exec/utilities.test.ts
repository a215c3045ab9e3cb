import { describe, expect, it, test } from "vitest";
import { aContainer } from "./support.ts";

const FILES = {
  f1: "v1\n",
  f2: "nonl",
  g: "alpha\nBeta\ngamma beta\n\n",
  s: "b\na\n10\n9\na\n",
};

function run(script: string) {
  return aContainer({ store: FILES }).sh(`cd /mnt/store; ${script}`);
}

/** What busybox 1.36 prints. */
const PRINTS: readonly (readonly [script: string, stdout: string])[] = [
  ["cat f1 f2", "v1\nnonl"],
  ["cat - f2 < f1", "v1\nnonl"],
  ["cat -n g", "     1\talpha\n     2\tBeta\n     3\tgamma beta\n     4\t\n"],
  ["cat -b g", "     1\talpha\n     2\tBeta\n     3\tgamma beta\n\n"],
  [
    "echo -n a; echo -e 'b\\tc\\x41\\c' d; echo; echo -E 'a\\n'; echo -x",
    "ab\tcA\na\\n\n-x\n",
  ],
  [
    "printf '%s-%d|%5s|%-5s|%05d|%x|%c|%%|%b\\n' a 5 b c 7 255 xyz 'q\\tq'",
    "a-5|    b|c    |00007|ff|x|%|q\tq\n",
  ],
  [
    "printf '%s\\n' a b; printf '%d %s\\n' 1; printf '\\101\\x42\\n'",
    "a\nb\n1 \nAB\n",
  ],
  [
    "printf '%.2f %e %g %o %X %5.2s| %+d\\n' 2.345 3 4 8 255 abc 3",
    "2.35 3.000000e+00 4 10 FF    ab| +3\n",
  ],
  [
    "head -n 1 g; head -1 g; head -n -2 g; head -c 3 g; echo",
    "alpha\nalpha\nalpha\nBeta\nalp\n",
  ],
  [
    "head -c 2 f1 f2; echo; head -q -n 1 f1 g; head -v f1",
    "==> f1 <==\nv1\n==> f2 <==\nno\nv1\nalpha\n==> f1 <==\nv1\n",
  ],
  [
    "tail -n 2 s; tail -1 s; tail -n +4 s; tail -c 3 s; tail -c +10 s",
    "9\na\na\n9\na\n\na\na\n",
  ],
  [
    "tail -n 1 f1 f2; echo; tail -q f1 f2",
    "==> f1 <==\nv1\n\n==> f2 <==\nnonl\nv1\nnonl",
  ],
  [
    "wc f1 f2",
    "        1         1         3 f1\n        0         1         4 f2\n        1         2         7 total\n",
  ],
  [
    "wc -l f1; cat g | wc -l; wc -c < f2; wc -w g; wc -L g",
    "1 f1\n4\n4\n4 g\n10 g\n",
  ],
  [
    "grep beta g; grep -i BETA g; grep -c a g; grep -n a g",
    "gamma beta\nBeta\ngamma beta\n3\n1:alpha\n2:Beta\n3:gamma beta\n",
  ],
  [
    "grep -v a g; grep -o 'am*' g; grep -l a f1 g; grep -L a f1 g",
    "\na\na\na\namm\na\na\ng\nf1\n",
  ],
  [
    "grep -E '^(a|B)' g; grep -F 'a.' g || echo none; grep -w beta g; grep -x Beta g",
    "alpha\nBeta\nnone\ngamma beta\nBeta\n",
  ],
  [
    "grep '\\(m\\)\\1' g; grep -E 'm{2}' g; grep 'a\\|B' f1 || echo none; grep '[[:upper:]]' g; grep -e v1 -e x f1",
    "gamma beta\ngamma beta\nnone\nBeta\nv1\n",
  ],
  [
    "grep a f1 g; grep -h a f1 g | head -n 1; grep -H v f1; grep -m 1 a g; grep -q v1 f1 && echo found",
    "g:alpha\ng:Beta\ng:gamma beta\nalpha\nf1:v1\nalpha\nfound\n",
  ],
  [
    "cut -c1-3 g; echo a,b,c,d | cut -d, -f2-3,1; echo x | cut -d, -f1 -s; echo a:b | cut -d: -f2-",
    "alp\nBet\ngam\n\na,b,c\nb\n",
  ],
  [
    "echo abc | tr a-c A-C; echo abc | tr -d b; echo aabb | tr -s ab; echo aBc | tr '[:lower:]' '[:upper:]'; printf 'a\\nb\\n' | tr '\\n' ,",
    "ABC\nac\nab\nABC\na,b,",
  ],
  [
    "sort s; sort -n s; sort -ru s; printf 'b 2\\na 10\\n' | sort -k2n",
    "10\n9\na\na\nb\na\na\nb\n9\n10\nb\na\n9\n10\nb 2\na 10\n",
  ],
  [
    "printf 'a\\na\\nb\\n' | uniq; printf 'a\\na\\nb\\n' | uniq -c; printf 'a\\na\\nb\\n' | uniq -d",
    "a\nb\n      2 a\n      1 b\na\n",
  ],
  [
    "seq 3; seq 2 4; seq 5 -2 1; seq -w 9 10; seq -s , 3; seq 0.5 0.5 1",
    "1\n2\n3\n2\n3\n4\n5\n3\n1\n09\n10\n1,2,3\n0.5\n1.0\n",
  ],
  [
    "sha256sum f1; sha256sum f1 > /tmp/s; sha256sum -c /tmp/s; printf abc | sha256sum",
    "2d27fbdf4e8ca207afbfa388ca9172fbcc6c70e534af2476b3b704f87debadcf  f1\nf1: OK\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -\n",
  ],
  [
    "base64 f1; base64 f1 | base64 -d; base64 -w 3 f2; base64 -w 0 f2",
    "djEK\nv1\nbm9\nubA\n==\nbm9ubA==",
  ],
  [
    "date -u -d @1714381200 '+%a %b %e %H:%M:%S %j %V %u %Z%%'; date -d '2024-04-29 09:00' -R",
    "Mon Apr 29 09:00:00 120 18 1 UTC%\nMon, 29 Apr 2024 09:00:00 +0000\n",
  ],
  [
    "basename /a/b.c .c; dirname /a/b; basename /; dirname a; hostname; pwd",
    "b\n/a\n/\n.\nweb\n/mnt/store\n",
  ],
  [
    "test -f f1 && [ -d . ] && [ ! -e nope ] && [ 3 -gt 2 -a a = a ] && echo yes",
    "yes\n",
  ],
  [
    "[ -s f1 ] && [ -L f1 ] && [ -z '' -o x ] && [ '(' a ')' ] && [ f1 -ef f1 ] && echo yes",
    "yes\n",
  ],
  [
    "env -i A=1 B=2; env -u A printenv PATH | head -c 10; echo; env X=y sh -c 'echo $X'",
    "A=1\nB=2\n/usr/local\ny\n",
  ],
];

test.each(PRINTS)("%s", (script, stdout) => {
  expect(run(script)).toEqual({ stdout, stderr: "", exitCode: 0 });
});

describe("errors are busybox's", () => {
  it.each([
    ["cat nope", "cat: can't open 'nope': No such file or directory\n", 1],
    ["cat .", "cat: read error: Is a directory\n", 1],
    ["head nope", "head: nope: No such file or directory\n", 1],
    ["head -n x f1", "head: invalid number 'x'\n", 1],
    [
      "tail nope",
      "tail: can't open 'nope': No such file or directory\ntail: no files\n",
      1,
    ],
    ["wc nope", "wc: nope: No such file or directory\n", 1],
    ["grep a nope", "grep: nope: No such file or directory\n", 2],
    ["grep -s a nope", "", 2],
    ["grep zz g", "", 1],
    ["grep '[' g", "grep: bad regex '['\n", 2],
    ["ls nope", "ls: nope: No such file or directory\n", 1],
    ["stat nope", "stat: can't stat 'nope': No such file or directory\n", 1],
    ["readlink g/x", "", 1],
    [
      "sha256sum nope",
      "sha256sum: can't open 'nope': No such file or directory\n",
      1,
    ],
    ["echo a | sha256sum .", "sha256sum: can't read '.': Is a directory\n", 1],
    ["printf YWI | base64 -d", "base64: truncated input\n", 1],
    ["date x", "date: invalid date 'x'\n", 1],
    ["sleep x", "sleep: invalid number 'x'\n", 1],
    ["cut g", "cut: expected a list of bytes, characters, or fields\n", 1],
    ["sort nope", "sort: nope: No such file or directory\n", 2],
    ["uniq nope", "uniq: can't open 'nope': No such file or directory\n", 1],
    ["env nope", "env: can't execute 'nope': No such file or directory\n", 127],
    [
      "timeout 1 nope",
      "timeout: can't execute 'nope': No such file or directory\n",
      127,
    ],
    ["timeout x true", "timeout: invalid number 'x'\n", 1],
    ["printf '%d\\n' x >/dev/null", "sh: invalid number 'x'\n", 1],
    ["printenv NOPE", "", 1],
    ["test 1 -eq 1x", "sh: 1x: bad number\n", 2],
    ["test a b", "sh: b: unknown operand\n", 2],
    ["env test a b", "test: b: unknown operand\n", 2],
    ["env [ a", "[: missing ]\n", 2],
  ])("%s", (script, stderr, exitCode) => {
    expect(run(script)).toMatchObject({ stderr, exitCode });
  });

  it("of an option that busybox does not have name it and show the usage", () => {
    expect(run("base64 --decode f1").stderr).toBe(
      "base64: unrecognized option '--decode'\nBusyBox v1.36.1 multi-call binary.\n\nUsage: base64 [-d] [-w COL] [FILE]\n",
    );
    expect(run("ls -Z").stderr).toContain("ls: invalid option -- 'Z'\n");
  });

  it("of an option that busybox has and Keyturn has not are Keyturn's own", () => {
    const { stderr, exitCode } = run("grep -r a .");
    expect(stderr).toContain(
      "grep: Keyturn does not interpret the option -r\n",
    );
    expect(exitCode).toBe(2);
  });
});

describe("whatever else there is in the world is not found", () => {
  it.each(["sed", "awk", "curl", "jq", "vi", "rm", "mkdir", "tee", "xargs"])(
    "%s",
    (name) => {
      const stderr = `sh: ${name}: not found\n`;
      expect(run(name)).toEqual({ stdout: "", stderr, exitCode: 127 });
    },
  );
});

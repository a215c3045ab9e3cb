import { expect, test } from "vitest";
import { aContainer } from "./support.ts";

const VARIABLES = `x="aab bc"; e=; set -- "1 2" "" 3\n`;

/** Prints each word it is given on a line of its own, between brackets. */
const SHOW = `printf '[%s]'`;

/** What busybox 1.36 makes of the words. */
const WORDS: readonly (readonly [words: string, fields: string])[] = [
  [`a'b'"c"\\d`, "[abcd]"],
  [`"$x" $x`, "[aab bc][aab][bc]"],
  [`'$x' "\\$x" \\$x`, "[$x][$x][$x]"],
  [`"a\\nb" 'a\\nb' "a\\\\b" "\\a"`, "[a\\nb][a\\nb][a\\b][\\a]"],
  [`$'a\\tb'`, "[a\tb]"],
  [`"" '' $e "$e"`, "[][][]"],
  [`$@`, "[1][2][3]"],
  [`"$@"`, "[1 2][][3]"],
  [`"$*"`, "[1 2  3]"],
  [`a"$@"b`, "[a1 2][][3b]"],
  [`$# \${#x} \${#e}`, "[3][6][0]"],
  [`\${nope:-d e} "\${nope:-d e}"`, "[d][e][d e]"],
  [`\${nope:-"d e"} "\${nope:-"d e"}"`, "[d e][d e]"],
  [`\${e-unset} \${e:-empty} \${nope-unset}`, "[empty][unset]"],
  [`\${x:+set} \${e:+set} \${e+set} \${nope+set}`, "[set][set]"],
  [`\${new:=a b} $new`, "[a][b][a][b]"],
  [`\${x#a} "\${x##*b}" \${x%b*} "\${x%%b*}"`, "[ab][bc][c][aab][aa]"],
  [`"\${x#"a"}" "\${x#'*'}"`, "[ab bc][aab bc]"],
  [`$((1+2*3)) $(((1+2)*3)) $((7/2)) $((-7%3))`, "[7][9][3][-1]"],
  [`$((1<2)) $((2==3)) $((1&&0)) $((!0)) $((5>3?1:2))`, "[1][0][0][1][1]"],
  [`$((0x1f)) $((010)) $((1<<4|1)) $((2**10))`, "[31][8][17][1024]"],
  [`$((n=4)) $((n++)) $n $((n*=2)) $((--n))`, "[4][4][5][10][9]"],
  [`$((9223372036854775807+1))`, "[-9223372036854775808]"],
  [`$(echo p  q) "$(echo "p  q")"`, "[p][q][p  q]"],
  [`\`echo a \\\`echo b\\\`\``, "[a][b]"],
  [`"$(printf 'a\\n\\n')"`, "[a]"],
  [`~ ~/d ~root "~" a~ ~nobody2`, "[/root][/root/d][/root][~][a~][~nobody2]"],
  [
    `/etc/host* "/etc/host*" /etc/nope*`,
    "[/etc/hostname][/etc/hosts][/etc/host*][/etc/nope*]",
  ],
  [
    `/etc/[gp]* /etc/?????`,
    "[/etc/group][/etc/passwd][/etc/group][/etc/hosts]",
  ],
  [`/m*/store/*`, "[/mnt/store/key1][/mnt/store/key2]"],
  [`{a,b} a{b,$e}`, "[{a,b}][a{b,}]"],
  [`a#b \\#c`, "[a#b][#c]"],
];

test.each(WORDS)("the words %s expand to %s", (words, fields) => {
  const container = aContainer({ store: { key1: "", key2: "" } });
  expect(container.prints(`${VARIABLES}${SHOW} ${words}`)).toBe(fields);
});

test("without words printf gets none", () => {
  expect(aContainer().prints(`set --; ${SHOW} "$@" $e`)).toBe("[]");
});

const SPLITS: readonly (readonly [
  ifs: string,
  text: string,
  fields: string,
])[] = [
  [" ", "  a  b ", "[a][b]"],
  [":", "a::b:", "[a][][b]"],
  [":", ":a", "[][a]"],
  [" :", " a : b  c: ", "[a][b][c]"],
  ["", "a b", "[a b]"],
  [",", "a b,c", "[a b][c]"],
];

test.each(SPLITS)(
  "with IFS '%s' the value '%s' splits into %s",
  (ifs, text, fields) => {
    const script = `IFS='${ifs}'; x='${text}'; ${SHOW} $x`;
    expect(aContainer().prints(script)).toBe(fields);
  },
);

test("an assignment is neither split nor matched, and its paths may begin with a tilde", () => {
  const script = `x="a  b"; y=$x; z=*; p=~/a:~/b; ${SHOW} "$y" "$z" "$p"`;
  expect(aContainer().prints(script)).toBe("[a  b][*][/root/a:/root/b]");
});

test("patterns of case match as the shell's", () => {
  const script = `for w in abc 'a*' a.c - ] '' x1; do
    case $w in 'a*') echo star;; a?c) echo dot;; [a-]) echo minus;; []]) echo bracket;;
      ''|none) echo empty;; *[[:digit:]]) echo digit;; *) echo other;; esac
  done`;
  expect(aContainer().prints(script)).toBe(
    "dot\nstar\ndot\nminus\nbracket\nempty\ndigit\n",
  );
});

test.each([
  ["echo $((1/0))", "sh: divide by zero\n"],
  ["echo $((1+))", "sh: arithmetic syntax error\n"],
  ["echo $((08))", "sh: arithmetic syntax error\n"],
  ["set -u; echo $nope", "sh: nope: parameter not set\n"],
  ["echo ${nope:?told so}", "sh: nope: told so\n"],
  ["echo ${nope?}", "sh: nope: parameter not set\n"],
  ["readonly r=1; r=2", "sh: r: is read only\n"],
])("%s ends the shell with exit status 2", (script, stderr) => {
  const ran = aContainer().sh(`${script}; echo after`);
  expect(ran).toEqual({ stdout: "", stderr, exitCode: 2 });
});

test("a word that grows without end is refused, not kept", () => {
  const ran = aContainer().sh("x=aaaaaaaa; while true; do x=$x$x; done");
  expect(ran.stderr).toContain("Keyturn does not keep words of more than");
  expect(ran.exitCode).toBe(2);
});

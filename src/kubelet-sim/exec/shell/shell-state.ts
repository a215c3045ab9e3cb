/**
 * What a shell knows: variables, positional parameters, options. Plain data, so that a copy of a shell can be started
 * from it, now or after a restore.
 *
 * Source: POSIX.1-2017 2.12 (shell execution environment); busybox 1.36 shell/ash.c (what it sets by itself)
 */
import { byCodeUnit } from "../../../kernel/json.ts";

export interface Variable {
  /** Null: exported or made read-only without a value. */
  readonly value: string | null;
  readonly exported: boolean;
  readonly readOnly: boolean;
}

export interface ShellOptions {
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  noglob: boolean;
  pipefail: boolean;
}

export interface ShellState {
  /** `$0`. */
  readonly arg0: string;
  /** Messages name a line: of a script's file, or when `sh -c` was given a name. */
  readonly named: boolean;
  /** A file is run, so that lines have numbers. */
  readonly script: boolean;
  /** `$$`. */
  readonly pid: number;
  parameters: string[];
  readonly variables: Map<string, Variable>;
  readonly options: ShellOptions;
  status: number;
  cwd: string;
}

export const DEFAULT_IFS = " \t\n";
const DEFAULT_PATH = "/sbin:/usr/sbin:/bin:/usr/bin";

export function newShellState(options: {
  readonly arg0: string;
  readonly named: boolean;
  readonly script: boolean;
  readonly pid: number;
  readonly parameters: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly cwd: string;
}): ShellState {
  const { environment, cwd } = options;
  const variables = new Map<string, Variable>();
  const set = (name: string, value: string, exported: boolean) =>
    variables.set(name, { value, exported, readOnly: false });
  set("IFS", DEFAULT_IFS, false);
  set("OPTIND", "1", false);
  set("PATH", DEFAULT_PATH, true);
  set("PS4", "+ ", false);
  for (const [name, value] of environment) set(name, value, true);
  const level = Number(environment.get("SHLVL") ?? "0");
  set("SHLVL", String(Number.isInteger(level) ? level + 1 : 1), true);
  set("PWD", cwd, true);
  return {
    arg0: options.arg0,
    named: options.named,
    script: options.script,
    pid: options.pid,
    parameters: [...options.parameters],
    variables,
    options: {
      errexit: false,
      nounset: false,
      xtrace: false,
      noglob: false,
      pipefail: false,
    },
    status: 0,
    cwd,
  };
}

/** A copy that shares nothing that changes. */
export function copyShellState(shell: ShellState): ShellState {
  return {
    ...shell,
    parameters: [...shell.parameters],
    variables: new Map(shell.variables),
    options: { ...shell.options },
  };
}

/** What a program that the shell starts gets to see. */
export function exportedVariables({
  variables,
}: ShellState): Map<string, string> {
  const exported = new Map<string, string>();
  for (const [name, variable] of variables)
    if (variable.exported && variable.value !== null)
      exported.set(name, variable.value);
  return exported;
}

export function sortedNames({ variables }: ShellState): string[] {
  return [...variables.keys()].sort(byCodeUnit);
}

/** Null: unset. */
export function valueOf(shell: ShellState, name: string): string | null {
  return shell.variables.get(name)?.value ?? null;
}

export function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** The value as a shell would have to be given it: 'it'\''s'. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

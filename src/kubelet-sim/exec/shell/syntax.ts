/**
 * A script as the interpreter runs it: plain data, made from the parser's tree by `compile.ts`. Whatever the interpreter
 * does not run is refused there, before anything has happened.
 *
 * Source: POSIX.1-2017 2.10 (shell grammar)
 */

/** A piece of a word. What is quoted is neither split nor taken for a pattern. */
export type Part =
  | { readonly part: "text"; readonly text: string; readonly quoted: boolean }
  /** `~` or `~user` at the beginning of a word. */
  | { readonly part: "tilde"; readonly user: string }
  | {
      readonly part: "parameter";
      readonly name: string;
      readonly operation: ParameterOperation | null;
      readonly quoted: boolean;
    }
  | { readonly part: "command"; readonly body: Node; readonly quoted: boolean }
  | {
      readonly part: "arithmetic";
      readonly text: Word;
      readonly quoted: boolean;
    };

export type Word = readonly Part[];

export type ParameterOperation =
  | { readonly operation: "length" }
  | {
      readonly operation: "default";
      readonly operator: "-" | "=" | "+" | "?";
      /** With a colon, an empty value counts as none. */
      readonly orEmpty: boolean;
      readonly word: Word;
    }
  | {
      readonly operation: "remove";
      readonly side: "prefix" | "suffix";
      readonly longest: boolean;
      readonly pattern: Word;
    };

export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

/** An argument of `export` or `readonly` that assigns is no ordinary word: its value is not split. */
export type Argument =
  | { readonly kind: "word"; readonly word: Word }
  | ({ readonly kind: "assignment" } & Assignment);

export type Redirect =
  | {
      readonly redirect: "file";
      readonly fd: number;
      readonly mode: "read" | "write" | "append";
      readonly target: Word;
      /** `&>`: standard error goes there, too. */
      readonly both: boolean;
    }
  | { readonly redirect: "copy"; readonly fd: number; readonly of: Word }
  | { readonly redirect: "text"; readonly fd: number; readonly text: Word };

export type Condition =
  | {
      readonly condition: "unary";
      readonly operator: string;
      readonly operand: Word;
    }
  | {
      readonly condition: "binary";
      readonly operator: string;
      readonly left: Word;
      readonly right: Word;
    }
  | {
      readonly condition: "and" | "or";
      readonly operands: readonly Condition[];
    }
  | { readonly condition: "not"; readonly operand: Condition };

export interface Simple {
  readonly node: "simple";
  readonly line: number;
  readonly assignments: readonly Assignment[];
  readonly words: readonly Argument[];
  readonly redirects: readonly Redirect[];
}

export type Node =
  | Simple
  | { readonly node: "list"; readonly items: readonly Node[] }
  | {
      readonly node: "pipeline";
      readonly negated: boolean;
      readonly commands: readonly Node[];
    }
  | {
      readonly node: "chain";
      readonly first: Node;
      readonly rest: readonly {
        readonly operator: "&&" | "||";
        readonly node: Node;
      }[];
    }
  | {
      readonly node: "if";
      readonly arms: readonly { readonly test: Node; readonly body: Node }[];
      readonly otherwise: Node | null;
    }
  | {
      readonly node: "for";
      readonly name: string;
      /** Null: the positional parameters. */
      readonly words: readonly Word[] | null;
      readonly body: Node;
    }
  | {
      readonly node: "while";
      readonly until: boolean;
      readonly test: Node;
      readonly body: Node;
    }
  | {
      readonly node: "case";
      readonly word: Word;
      readonly items: readonly {
        readonly patterns: readonly Word[];
        readonly body: Node;
      }[];
    }
  | { readonly node: "subshell"; readonly body: Node }
  | { readonly node: "test"; readonly condition: Condition }
  | {
      readonly node: "redirected";
      readonly body: Node;
      readonly redirects: readonly Redirect[];
    };

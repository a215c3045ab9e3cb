/** Why a script is not run. */

/** The script is no script: what the shell itself would say. */
export class SyntaxRefusal extends Error {
  constructor(message: string) {
    super(`syntax error: ${message}`);
    this.name = "SyntaxRefusal";
  }
}

/** Real shells would run it, this interpreter does not. */
export class NotInterpreted extends Error {
  constructor(what: string) {
    super(`Keyturn does not interpret ${what}`);
    this.name = "NotInterpreted";
  }
}

/**
 * No value of a secret stands in the trace, raw, in base64 or in hexadecimal.
 *
 * For runs whose values are canaries, as our own tests plant them. In a user's run a value may well be an ordinary word
 * that facts are full of (the user name `postgres` beside a pod of that name), so it is not among the checks of every run.
 */
import type { Fact } from "../../kernel/trace.ts";
import { CanarySearch } from "./canary-search.ts";
import type { Invariant } from "./violation.ts";
import { placeOfFact, violation } from "./violation.ts";

/** A value book, as far as it is needed here. */
export interface SecretValues {
  /** Every value so far; an iterable that only grows. */
  values(): Iterable<Uint8Array>;
}

export class NoSecretValues implements Invariant {
  readonly name = "no-secret-values";
  /** Nothing is remembered: what the values are is asked each time. */
  state: null = null;
  readonly #secrets: SecretValues;
  #known = -1;
  #search = new CanarySearch([]);

  constructor(secrets: SecretValues) {
    this.#secrets = secrets;
  }

  fact(fact: Fact): void {
    this.#refresh();
    const found = this.#search.find(JSON.stringify(fact));
    if (found !== null)
      throw violation(
        "SecretValueInTrace",
        `the fact holds a value of a secret (${found.spelling}, ${found.at} characters into its line)`,
        placeOfFact(fact),
      );
  }

  #refresh(): void {
    const values = [...this.#secrets.values()];
    if (values.length === this.#known) return;
    this.#known = values.length;
    this.#search = new CanarySearch(values);
  }
}

/** The outcome of a check that upstream words: a value, or the text of the error. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

export const checked = <T>(value: T): Checked<T> => ({ ok: true, value });

export const refused = (message: string): Checked<never> => ({
  ok: false,
  message,
});

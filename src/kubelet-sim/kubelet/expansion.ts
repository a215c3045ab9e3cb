/**
 * References to variables in a value: `$(NAME)`, with `$$` for a dollar sign. What refers to nothing stays as it is.
 *
 * Source: kubernetes/kubernetes v1.35 third_party/forked/golang/expansion/expand.go
 */

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;

/** `valueOf` answers null for a name that it does not know. */
export function expand(
  text: string,
  valueOf: (name: string) => string | null,
): string {
  return text.replace(REFERENCE, (reference, name: string | undefined) =>
    name === undefined ? "$" : (valueOf(name) ?? reference),
  );
}

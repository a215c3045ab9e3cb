/** Small questions about the nodes of the yaml library. */
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, Node } from "yaml";

/** Where a node starts, without its anchor or tag. */
export function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** `key:` has a value without a place of its own: the key stands for it. */
export function standsSomewhere(node: Node | null): node is Node {
  if (node === null) return false;
  return !(isScalar(node) && node.type === "PLAIN" && node.source === "");
}

export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<";
}

/** An alias means the latest anchor of its name before it, in the order of the text. */
export function linkAliases(root: Node): Map<Alias, Node> {
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  const visit = (node: Node | null): void => {
    if (node === null) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) targets.set(node, target);
      return;
    }
    if (node.anchor) anchors.set(node.anchor, node);
    if (isMap(node))
      for (const pair of node.items) {
        visit(pair.key as Node | null);
        visit(pair.value as Node | null);
      }
    else if (isSeq(node)) for (const item of node.items) visit(item as Node);
  };
  visit(root);
  return targets;
}

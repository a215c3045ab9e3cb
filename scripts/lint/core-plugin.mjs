/**
 * Keyturn's own lint rules: what oxlint has no rule for. Loaded by `.oxlintrc.json`.
 */

const REPLACEMENT =
  "The core is synchronous: what comes later is an event (schedule it, or answer a port call with sendReply).";

/** Bans `async` functions, `await` and `for await`: their microtasks would run between two events. */
const noAsync = {
  create(context) {
    const report = (node, what) =>
      context.report({ node, message: `${what} in the core. ${REPLACEMENT}` });
    const ifAsync = (node) => {
      if (node.async) report(node, "An async function");
    };
    return {
      FunctionDeclaration: ifAsync,
      FunctionExpression: ifAsync,
      ArrowFunctionExpression: ifAsync,
      AwaitExpression: (node) => report(node, "await"),
      ForOfStatement: (node) => {
        if (node.await) report(node, "for await");
      },
    };
  },
};

const plugin = { meta: { name: "core" }, rules: { "no-async": noAsync } };

// oxlint takes a plugin from the default export.
export default plugin;

import { type AmbientUse, ambientUses } from "./ambient.ts";
import { mayTouchWorld, type Place, placeOf } from "./places.ts";

const TIMERS = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "requestAnimationFrame",
  "requestIdleCallback",
]);
const TIMER_MODULES = new Set(["node:timers", "node:timers/promises", "node:perf_hooks"]);

/** R3 (and R1): only files that may use the real clock read it or wait. */
export const noAmbientClock: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    if (mayTouchWorld(place)) return {};
    const say = (node: Deno.lint.Node, what: string) =>
      context.report({ node, message: `${ruleOf(place)}: ${what}; take \`now\` from the caller` });
    return {
      ...ambientUses((use) => {
        const what = clockUse(use);
        if (what) say(use.node, what);
      }),
      ImportDeclaration(node) {
        if (node.importKind === "type" || !TIMER_MODULES.has(node.source.value)) return;
        say(node, `${node.source.value} is the real clock`);
      },
    };
  },
};

function clockUse({ node, global, member, isType }: AmbientUse): string | undefined {
  if (isType) return undefined;
  if (TIMERS.has(global)) return `${global} waits on the real clock`;
  if (global === "performance") return "performance is the real clock";
  if (global === "Temporal" && member === "Now") return "Temporal.Now is the real clock";
  if (global === "AbortSignal" && member === "timeout") return "AbortSignal.timeout is a timer";
  if (global === "Date" && !isPureDate(node, member)) return "Date here reads the real clock";
}

/** `new Date(millis)`, `Date.UTC(…)`, `Date.parse(…)` and `x instanceof Date` read no clock. */
function isPureDate(node: Deno.lint.Node, member: string | undefined): boolean {
  if (member !== undefined) return member === "UTC" || member === "parse";
  const { parent } = node as { parent?: Deno.lint.Node };
  if (parent?.type === "NewExpression") return parent.arguments.length > 0;
  return parent?.type === "BinaryExpression" && parent.operator === "instanceof";
}

const RANDOM_MEMBERS = new Set([
  "getRandomValues",
  "randomUUID",
  "randomUUIDv7",
  "randomBytes",
  "randomInt",
  "randomFill",
  "randomFillSync",
]);
const GENERATORS = /^(generateKey|generateKeySync|generateKeyPair|generateKeyPairSync)$/;

/** R3 (and R1): randomness is passed in, so that a seed repeats a run. */
export const noAmbientRandomness: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    if (mayTouchWorld(place)) return {};
    const say = (node: Deno.lint.Node, what: string) =>
      context.report({ node, message: `${ruleOf(place)}: ${what} is not seeded; take an Rng` });
    return {
      MemberExpression(node) {
        const { property } = node;
        const name = property.type === "Identifier" && !node.computed
          ? property.name
          : property.type === "Literal"
          ? String(property.value)
          : "";
        const isMathRandom = name === "random" && isNamed(node.object, "Math");
        if (isMathRandom || RANDOM_MEMBERS.has(name) || GENERATORS.test(name)) {
          say(node, context.sourceCode.getText(node));
        }
      },
      VariableDeclarator(node) {
        if (!node.init || node.id.type !== "ObjectPattern") return;
        if (isNamed(node.init, "Math") || isNamed(node.init, "crypto")) {
          say(node, `taking ${node.init.name} apart`);
        }
      },
      ImportDeclaration(node) {
        if (node.source.value !== "node:crypto" || node.importKind === "type") return;
        for (const specifier of node.specifiers) {
          if (specifier.type !== "ImportSpecifier") continue;
          const { imported } = specifier;
          const name = imported.type === "Identifier" ? imported.name : imported.value;
          if (RANDOM_MEMBERS.has(name) || GENERATORS.test(name)) say(specifier, name);
        }
      },
    };
  },
};

function isNamed(node: Deno.lint.Node, name: string): node is Deno.lint.Identifier {
  return node.type === "Identifier" && node.name === name;
}

/** Members of `Deno` without I/O: error classes, constants, text. */
const PURE_DENO = new Set(["errors", "build", "inspect", "version"]);
const OUTSIDE_GLOBALS = new Set([
  "fetch",
  "WebSocket",
  "WebSocketStream",
  "WebTransport",
  "EventSource",
  "BroadcastChannel",
  "Worker",
  "process",
  "console",
]);
const OUTSIDE_MODULES =
  /^node:(fs|fs\/promises|net|dgram|http|https|http2|tls|dns|dns\/promises|child_process|process|readline|readline\/promises|worker_threads|sqlite)$|^@logtape\/file$/;

/** R3: only io/ folders and main.ts use sockets, files, processes and printing. */
export const noAmbientIo: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    // Tests may read fixtures and start processes, but must not use clock and randomness.
    if (place.area === "tests" || mayTouchWorld(place)) return {};
    const say = (node: Deno.lint.Node, what: string) =>
      context.report({ node, message: `${ruleOf(place)}: ${what} belongs in an io/ folder` });
    return {
      ...ambientUses(({ node, global, member, isType }) => {
        if (isType) return;
        if (global === "Deno" && !PURE_DENO.has(member ?? "")) say(node, `Deno.${member ?? "*"}`);
        if (OUTSIDE_GLOBALS.has(global)) say(node, global);
      }),
      ImportDeclaration(node) {
        if (node.importKind === "type" || !OUTSIDE_MODULES.test(node.source.value)) return;
        say(node, node.source.value);
      },
    };
  },
};

const BROWSER_OR_NODE_ONLY = new Set([
  "document",
  "localStorage",
  "sessionStorage",
  "indexedDB",
  "Buffer",
  "__dirname",
  "require",
]);

/** R1: shared/ runs in Deno and in the browser, types included. */
export const sharedRunsAnywhere: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    if (place.area !== "shared") return {};
    return ambientUses(({ node, global, isType }) => {
      if (global !== "Deno" && (isType || !BROWSER_OR_NODE_ONLY.has(global))) return;
      context.report({ node, message: `R1: ${global} is not everywhere that shared/ runs` });
    });
  },
};

function ruleOf({ area }: Place): string {
  return area === "shared" ? "R1" : "R3";
}

import { parsesBytes, placeOf } from "./places.ts";

const PARSER_NAME = /^#?(parse|decode|read|unpack|depacketize)/;
const PARSER_CLASS = /(Parser|Reader|Decoder|Depacketizer)$/;

/**
 * R4: a parser of bytes from outside returns junk, it does not throw. A throw that the same function
 * catches is allowed, and so is a broken invariant of our own (`assert`).
 */
export const parsersNeverThrow: Deno.lint.Rule = {
  create(context) {
    if (!parsesBytes(placeOf(context.filename))) return {};
    return {
      ThrowStatement(node) {
        const parser = parserThatThrows(node, context.sourceCode.getAncestors(node));
        if (!parser) return;
        context.report({
          node,
          message: `R4: ${parser} parses bytes from outside; return junk(name), don't throw`,
        });
      },
    };
  },
};

/** The name of the parser that the throw statement `node` leaves; undefined when there is none. */
function parserThatThrows(node: Deno.lint.Node, ancestors: Deno.lint.Node[]): string | undefined {
  const outward = ancestors[0]?.type === "Program" ? ancestors.toReversed() : ancestors;
  let inner = node;
  for (const outer of outward) {
    if (outer.type === "TryStatement" && outer.block === inner && outer.handler) return undefined;
    if (outer.type === "FunctionDeclaration" && PARSER_NAME.test(outer.id?.name ?? "")) {
      return outer.id?.name;
    }
    if (outer.type === "MethodDefinition") {
      const name = outer.key.type === "Identifier" || outer.key.type === "PrivateIdentifier"
        ? outer.key.name
        : "";
      if (PARSER_NAME.test(name)) return name;
    }
    if (outer.type === "ClassDeclaration" && PARSER_CLASS.test(outer.id?.name ?? "")) {
      return isInConstructor(outward) ? undefined : outer.id?.name;
    }
    inner = outer;
  }
}

/** Constructors are excluded: they get our own settings, not bytes from outside. */
function isInConstructor(outward: Deno.lint.Node[]): boolean {
  return outward.some((outer) => outer.type === "MethodDefinition" && outer.kind === "constructor");
}

const WRAPPED_NAMES = new Set(["sequenceNumber", "timestamp", "rtpTimestamp"]);
const ORDERING = new Set(["<", ">", "<=", ">=", "-", "+"]);
const WRAPPING = new Set([0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000]);

/** R6: 16- and 32-bit numbers are unwrapped at the edge; nothing inside compares or wraps them. */
export const noWrappedArithmetic: Deno.lint.Rule = {
  create(context) {
    const place = placeOf(context.filename);
    const { area, path } = place;
    if (!["shared", "server", "client", "viewer"].includes(area)) return {};
    if (path === "shared/core/seq.ts" || path === "shared/core/rng.ts") return {};
    // In parsers and serializers, arithmetic on such a field may be part of the format.
    if (parsesBytes(place) || path.includes("/io/")) return {};
    return {
      BinaryExpression(node) {
        const wrapped = [node.left, node.right].find((side) => WRAPPED_NAMES.has(nameOf(side)));
        if (wrapped && ORDERING.has(node.operator)) {
          const name = nameOf(wrapped);
          context.report({
            node,
            message: `R6: ${name} wraps; unwrap it first (shared/core/seq.ts)`,
          });
        }
        const isWrapping = node.operator === "%" || node.operator === "&";
        const modulus = Number(context.sourceCode.getText(node.right).replaceAll("_", ""));
        if (isWrapping && WRAPPING.has(modulus)) {
          context.report({ node, message: "R6: wrapping is done in shared/core/seq.ts alone" });
        }
      },
    };
  },
};

function nameOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.computed) return "";
  return node.property.type === "Identifier" ? node.property.name : "";
}

type Annotation = Deno.lint.TSTypeAnnotation;
const POINTS_IN_TIME = new Set(["now", "deadline"]);

/** R6: a point in time is `Millis`, not a plain number, which could also be ticks or seconds. */
export const timeHasUnit: Deno.lint.Rule = {
  create(context) {
    const { area } = placeOf(context.filename);
    if (!["shared", "server", "client", "viewer"].includes(area)) return {};
    const look = (name: Deno.lint.Node, annotated: { typeAnnotation?: Annotation | null }) => {
      if (name.type !== "Identifier" || !POINTS_IN_TIME.has(name.name)) return;
      if (annotated.typeAnnotation?.typeAnnotation.type !== "TSNumberKeyword") return;
      context.report({ node: name, message: `R6: ${name.name} is Millis, not any number` });
    };
    return {
      Identifier: (node) => look(node, node),
      PropertyDefinition: (node) => look(node.key, node),
      TSPropertySignature: (node) => look(node.key, node),
    };
  },
};

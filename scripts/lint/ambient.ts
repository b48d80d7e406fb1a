/** One use of a global: `name` is the bare global or `Global.member`. */
export interface AmbientUse {
  readonly node: Deno.lint.Node;
  readonly global: string;
  /** The member, if it is read by a fixed name. */
  readonly member?: string;
  /** Whether the global is in a type, which does not run. */
  readonly isType: boolean;
}

/** TypeScript nodes around an expression that does run. */
const RUNNING_TYPESCRIPT = new Set([
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "TSExportAssignment",
  "TSEnumMember",
]);

/**
 * Finds the uses of globals in a file and passes them to `report` at its end. A name that the file declares
 * or imports is not a global; `globalThis.x` and `self.x` count as `x`.
 */
export function ambientUses(report: (use: AmbientUse) => void): Deno.lint.LintVisitor {
  const uses: AmbientUse[] = [];
  const declared = new Set<string>();
  return {
    Identifier(node) {
      if (isDeclaration(node)) declared.add(node.name);
      else if (isReference(node)) uses.push(describe(node));
    },
    "Program:exit"() {
      for (const use of uses) if (!declared.has(use.global)) report(use);
    },
  };
}

function describe(node: Deno.lint.Identifier): AmbientUse {
  const isType = node.parent.type.startsWith("TS") && !RUNNING_TYPESCRIPT.has(node.parent.type);
  if (node.name !== "globalThis" && node.name !== "self") {
    return { node, global: node.name, member: memberOf(node), isType };
  }
  const global = memberOf(node);
  if (global === undefined) return { node, global: node.name, isType };
  return { node, global, member: memberOf(node.parent), isType };
}

/** The member: `now` for the node `performance` in `performance.now` and `performance["now"]`. */
function memberOf(node: Deno.lint.Node): string | undefined {
  const parent = (node as { parent?: Deno.lint.Node }).parent;
  if (parent?.type === "TSQualifiedName") {
    return parent.left === node ? parent.right.name : undefined;
  }
  if (parent?.type !== "MemberExpression" || parent.object !== node) return undefined;
  const { property } = parent;
  if (!parent.computed && property.type === "Identifier") return property.name;
  return property.type === "Literal" ? String(property.value) : undefined;
}

function isReference(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "TSQualifiedName":
      return parent.left === node;
    case "Property":
      return parent.value === node || parent.computed;
    case "MethodDefinition":
    case "PropertyDefinition":
      return (parent as { key: unknown }).key !== node || parent.computed;
    case "TSPropertySignature":
    case "TSMethodSignature":
    case "ImportSpecifier":
    case "ExportSpecifier":
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
      return false;
    case "TSEnumMember":
      return parent.id !== node;
    default:
      return true;
  }
}

/** Whether the file declares the name here. */
function isDeclaration(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as Deno.lint.Node & Record<string, unknown>;
  switch (parent.type) {
    case "VariableDeclarator":
      return parent.id === node;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "TSDeclareFunction":
      return parent.id === node || (parent.params as unknown[]).includes(node);
    case "ClassDeclaration":
    case "ClassExpression":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSEnumDeclaration":
      return parent.id === node;
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
      return parent.local === node;
    case "CatchClause":
      return parent.param === node;
    case "AssignmentPattern":
      return parent.left === node && isInPattern(parent);
    case "RestElement":
    case "ArrayPattern":
      return true;
    case "Property":
      return parent.value === node && isInPattern(parent);
    default:
      return false;
  }
}

/** Whether `{ a: here }` is a pattern (left of `=` or a parameter), not an object literal. */
function isInPattern(node: Deno.lint.Node): boolean {
  const { parent } = node as { parent?: Deno.lint.Node };
  if (parent?.type === "ObjectPattern" || parent?.type === "ArrayPattern") return true;
  return node.type === "AssignmentPattern" && parent !== undefined && "params" in parent ||
    (node.type === "AssignmentPattern" && parent?.type === "Property" && isInPattern(parent));
}

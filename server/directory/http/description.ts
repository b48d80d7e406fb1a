import { describeRoute, resolver } from "hono-openapi";
import type { MiddlewareHandler } from "hono";
import type { GenericSchema } from "valibot";
import { ProblemSchema } from "../../../shared/directory/forms.ts";

/** One operation: from it come the checks, the description and the tests that walk all operations. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  /** The status of a good answer, and its form unless it has no body. */
  readonly status: 200 | 201 | 204;
  readonly answers?: GenericSchema;
  /** The form of the body. */
  readonly body?: GenericSchema;
  /** The form of the query, all of whose values are text. */
  readonly query?: GenericSchema & { readonly entries: Readonly<Record<string, unknown>> };
  /** Whether it needs an access token. */
  readonly isPersonal?: boolean;
  /** Its statuses of errors, besides those that every operation may have. */
  readonly errors?: readonly number[];
}

/** What the schemas check and JSON Schema can't say is left out of the description. */
const LENIENT = { options: { errorMode: "ignore", typeMode: "input" } };
const LENIENT_ANSWER = { options: { errorMode: "ignore", typeMode: "output" } };
const WORDS: Readonly<Record<number, string>> = {
  400: "The body or the query can't be read",
  401: "The access token is absent, wrong or expired",
  403: "Not allowed for this person",
  404: "There is no such broadcast",
  409: "Not possible at the moment",
  413: "The body is over 64 kB",
  422: "A value is not acceptable",
  429: "Too many requests; Retry-After says when to come again",
  500: "The directory failed",
  503: "The directory can't store this at the moment",
};

/** The part of the description that is the same for all. */
export const DOCUMENTATION = {
  openapi: "3.1.0",
  info: {
    title: "Streamer directory",
    version: "1",
    description:
      "Introduces hosts and listeners of live broadcasts. Times are milliseconds since the Unix epoch.",
  },
  components: {
    securitySchemes: {
      session: {
        type: "http" as const,
        scheme: "bearer",
        description: "accessToken of POST /v1/sessions",
      },
    },
  },
};

/** Every status that an operation may answer with. */
export function errorsOf({ body, query, isPersonal, errors = [] }: Operation): number[] {
  const own = [
    ...body || query ? [400] : [],
    ...isPersonal ? [401, 403] : [],
    ...body ? [413, 422] : [],
  ];
  return [...new Set([...own, ...errors, 429, 500])].sort();
}

/** Describes an operation where it is routed. */
export function described(operation: Operation): MiddlewareHandler {
  const { operationId, summary, status, answers, body, query, isPersonal } = operation;
  const good = {
    description: "Done",
    ...(answers && { content: jsonContent(answers, "application/json", LENIENT_ANSWER) }),
  };
  const errors = errorsOf(operation).map((code) => [code, {
    description: WORDS[code] ?? "Error",
    content: jsonContent(ProblemSchema, "application/problem+json", LENIENT_ANSWER),
  }]);
  return describeRoute({
    operationId,
    summary,
    ...(isPersonal && { security: [{ session: [] }] }),
    ...(query && { parameters: queryParameters(query) }),
    ...(body && {
      requestBody: { required: true, content: jsonContent(body, "application/json", LENIENT) },
    }),
    responses: { [status]: good, ...Object.fromEntries(errors) },
  });
}

function jsonContent(schema: GenericSchema, type: string, options: Record<string, unknown>) {
  return { [type]: { schema: resolver(schema, options) } };
}

function queryParameters({ entries }: NonNullable<Operation["query"]>) {
  return Object.entries(entries).map(([name, entry]) => ({
    name,
    in: "query",
    required: false,
    schema: resolver(entry as GenericSchema, LENIENT) as never,
  }));
}

import { object, or } from "@optique/core/constructs";
import { commandLine, message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { argument, command, constant, flag, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { momentValue, tokenNameValue } from "./argument_values.ts";
import { MAX_SEATS } from "../tokens/token_register.ts";

const tokens = option("--tokens", string({ metavar: "FILE" }), {
  description: message`The file that remembers the tokens; keep it to yourself, it can make them.`,
});

const make = command(
  "make",
  object({
    action: constant("make"),
    tokens: option("--tokens", string({ metavar: "FILE" }), {
      description:
        message`The file that remembers the tokens, made when it is not there; keep it to yourself, it can make them.`,
    }),
    name: option("--name", tokenNameValue(), {
      description: message`Whom the token is for, in lists and in the host's log.`,
    }),
    seats: withDefault(
      option("--seats", integer({ metavar: "NUMBER", min: 1, max: MAX_SEATS }), {
        description: message`How many may listen with it at the same time.`,
      }),
      1,
    ),
    notBefore: optional(option("--not-before", momentValue(), {
      description:
        message`From when on it is good: a time such as 2026-05-01T18:00, or a duration from now.`,
    })),
    expires: optional(option("--expires", momentValue(), {
      description: message`Until when it is good: a time, or a duration from now such as 3h.`,
    })),
    role: withDefault(
      option("--role", choice(["listener", "reporter"], { metavar: "ROLE" }), {
        description: message`What it is for: to listen, or to report what happens as well.`,
      }),
      "listener",
    ),
  }),
  {
    brief: message`Make a token and print it`,
    footer: message`Example: ${
      commandLine("streamer token make --tokens club.json --name Ann --expires 3h")
    }`,
  },
);

const list = command(
  "list",
  object({
    action: constant("list"),
    tokens,
    json: withDefault(
      flag("--json", { description: message`Prints one JSON object a line, for scripts.` }),
      false,
    ),
  }),
  { brief: message`Show who has tokens and whether they are good; never the tokens themselves` },
);

const revoke = command(
  "revoke",
  object({
    action: constant("revoke"),
    tokens,
    nameOrId: argument(string({ metavar: "NAME_OR_ID" }), {
      description: message`Whose: a name means all tokens of that name.`,
    }),
  }),
  { brief: message`Make tokens worthless, at once, for those who listen with them too` },
);

const exportPublic = command(
  "export",
  object({ action: constant("export"), tokens }),
  { brief: message`Print a copy of the file that lets a host check tokens but not make any` },
);

/** The command line of `token`. */
export const tokenArguments = or(make, list, revoke, exportPublic);

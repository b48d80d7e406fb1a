import { object, or } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { argument, command, constant, option } from "@optique/core/primitives";
import { choice, integer, string } from "@optique/core/valueparser";
import { examples } from "../../shared/command/help.ts";
import { fileValue, jsonFlag } from "../../shared/command/values.ts";
import { momentValue, tokenNameValue } from "./argument_values.ts";
import { MAX_SEATS } from "../tokens/token_register.ts";

const tokens = option("--tokens", fileValue("FILE"), {
  description:
    message`The file of the tokens. Everybody who has it can make tokens: keep it private.`,
});

const make = command(
  "make",
  object({
    action: constant("make"),
    tokens: option("--tokens", fileValue("FILE"), {
      description:
        message`The file of the tokens, created when it does not exist. Everybody who has it can make tokens: keep it private.`,
    }),
    name: option("--name", tokenNameValue(), {
      description: message`The person the token is for, shown in lists and in the host's log.`,
    }),
    seats: withDefault(
      option("--seats", integer({ metavar: "NUMBER", min: 1, max: MAX_SEATS }), {
        description: message`How many listeners can use the token at the same time.`,
      }),
      1,
    ),
    notBefore: optional(option("--not-before", momentValue(), {
      description:
        message`When the token becomes valid: a time such as 2026-05-01T18:00, or a duration from now.`,
    })),
    expires: optional(option("--expires", momentValue(), {
      description: message`When the token expires: a time, or a duration from now such as 3h.`,
    })),
    role: withDefault(
      option("--role", choice(["listener", "reporter"], { metavar: "listener|reporter" }), {
        description:
          message`What the token allows: listener means to listen, reporter also to report events.`,
      }),
      "listener",
    ),
  }),
  {
    brief: message`Make a token and print it.`,
    usageLine: [{ type: "literal", value: "--tokens FILE --name NAME [OPTION...]" }],
    footer: examples(
      "streamer token make --tokens club.json \\\n  --name Ann --expires 3h",
    ),
  },
);

const list = command(
  "list",
  object({
    action: constant("list"),
    tokens,
    json: jsonFlag,
  }),
  {
    brief: message`List the tokens by name and state; the tokens themselves are not shown.`,
    footer: examples("streamer token list --tokens club.json"),
  },
);

const revoke = command(
  "revoke",
  object({
    action: constant("revoke"),
    tokens,
    nameOrId: argument(string({ metavar: "NAME_OR_ID" }), {
      description: message`The id of a token, or a name, which means all tokens of that name.`,
    }),
  }),
  {
    brief: message`Revoke tokens; listeners that use them are removed at once.`,
    footer: examples("streamer token revoke --tokens club.json Ann"),
  },
);

const exportPublic = command(
  "export",
  object({ action: constant("export"), tokens }),
  {
    brief:
      message`Print a copy of the file of tokens with which a host can check tokens, but not make any.`,
    footer: examples(
      "streamer token export --tokens club.json \\\n  > checking.json",
    ),
  },
);

/** What `token` takes from the command line. */
export const tokenArguments = or(make, list, revoke, exportPublic);

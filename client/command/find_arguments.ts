import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { argument, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { directoryValue } from "../../shared/command/directory_flags.ts";
import { jsonFlag } from "../../shared/command/values.ts";

/** What `find` takes from the command line. */
export const findArguments = object({
  text: optional(argument(string({ metavar: "TEXT" }), {
    description:
      message`Words of a title, team or sport, which may be misspelt. Without them, lists everything that is live or starts soon.`,
  })),
  directory: option("--directory", directoryValue, {
    description: message`The directory to search in.`,
  }),
  json: jsonFlag,
});

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { argument, option } from "@optique/core/primitives";
import { integer, string } from "@optique/core/valueparser";
import type { ListenOptions } from "./config.ts";
import { duration, joinLink, latency } from "./value_parsers.ts";

const parsed = object({
  link: optional(argument(joinLink, {
    description: message`What the host printed: where it is and how to get in`,
  })),
  host: withDefault(
    option("--host", string({ metavar: "HOST" }), {
      description: message`Name or address of the host, without a link`,
    }),
    "127.0.0.1",
  ),
  port: withDefault(
    option("--port", integer({ min: 1, max: 65_535, metavar: "PORT" }), {
      description: message`Its UDP port`,
    }),
    5004,
  ),
  token: optional(option("--token", string({ metavar: "TOKEN" }), {
    description: message`What lets us in; better kept in --token-file or STREAMER_TOKEN`,
  })),
  tokenFile: optional(option("--token-file", string({ metavar: "FILE" }), {
    description: message`A file whose first line is the token`,
  })),
  name: optional(option("--name", string({ metavar: "NAME" }), {
    description: message`How the host's log calls us`,
  })),
  latency: withDefault(
    option("--latency", latency, {
      description: message`How long sound is held back so that late packets still play`,
    }),
    "normal" as const,
  ),
  isSilent: option("--no-play", { description: message`Make no sound` }),
  record: optional(option("--record", string({ metavar: "FILE" }), {
    description: message`Keep the sound in a file, as it was sent`,
  })),
  duration: optional(option("--duration", duration, {
    description: message`Leave this long after getting in`,
  })),
  json: option("--json", { description: message`One JSON object a line on stdout` }),
  log: optional(option("--log", string({ metavar: "FILE" }), {
    description: message`Write a log of everything that happens`,
  })),
});

/** What `listen` takes from the command line; `view` takes it too. */
export const listenArguments = map(
  parsed,
  ({ isSilent, ...rest }): ListenOptions => ({ ...rest, play: !isSilent }),
);

import { group, merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { argument, option } from "@optique/core/primitives";
import { integer, string } from "@optique/core/valueparser";
import type { ListenOptions } from "../interface/config.ts";
import { duration, joinLink, latency } from "./value_parsers.ts";

const whom = group(
  "Whom",
  object({
    link: optional(argument(joinLink, {
      description: message`What the host printed: where it is and how to get in.`,
    })),
    host: withDefault(
      option("--host", string({ metavar: "HOST" }), {
        description: message`Name or address of the host, without a link.`,
      }),
      "127.0.0.1",
    ),
    port: withDefault(
      option("--port", integer({ min: 1, max: 65_535, metavar: "PORT" }), {
        description: message`Its UDP port.`,
      }),
      5004,
    ),
    token: optional(option("--token", string({ metavar: "TOKEN" }), {
      description:
        message`What lets us in. Others on this machine can see it: --token-file and the variable STREAMER_TOKEN are safer.`,
    })),
    tokenFile: optional(option("--token-file", string({ metavar: "FILE" }), {
      description: message`A file whose first line is the token.`,
    })),
    name: optional(option("--name", string({ metavar: "NAME" }), {
      description: message`How the host's log calls us.`,
    })),
  }),
);

const sound = group(
  "Sound",
  object({
    latency: withDefault(
      option("--latency", latency, {
        description: message`How long sound is held back so that late packets still play.`,
      }),
      "normal" as const,
    ),
    isSilent: option("--no-play", { description: message`Makes no sound.` }),
    record: optional(option("--record", string({ metavar: "FILE" }), {
      description:
        message`Keeps the sound in a file, as it was sent. A file that has something in it stays as it is, and the recording gets a number.`,
    })),
  }),
);

const running = group(
  "Running",
  object({
    duration: optional(option("--duration", duration, {
      description: message`Leaves this long after getting in.`,
    })),
    json: option("--json", { description: message`Prints one JSON object a line, for scripts.` }),
    log: optional(option("--log", string({ metavar: "FILE" }), {
      description: message`Writes a log of everything that happens.`,
    })),
  }),
);

/** What `listen` takes from the command line; `view` takes it too. */
export const listenArguments = map(
  merge(whom, sound, running),
  ({ isSilent, ...rest }): ListenOptions => ({ ...rest, play: !isSilent }),
);

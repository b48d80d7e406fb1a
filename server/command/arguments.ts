import { group, merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import { argument, flag, option } from "@optique/core/primitives";
import { choice, float, integer, string } from "@optique/core/valueparser";
import { addressValue, durationValue, hostValue, matchValue } from "./argument_values.ts";
import type { ServeOptions } from "../interface/config.ts";

const network = group(
  "Network",
  object({
    host: withDefault(
      option("--host", hostValue("ADDRESS"), {
        description: message`The address of this machine to serve on; 0.0.0.0 is all of them.`,
      }),
      "0.0.0.0",
    ),
    port: withDefault(
      option("--port", integer({ metavar: "PORT", min: 0, max: 65_535 }), {
        description: message`The UDP port; 0 takes any free one.`,
      }),
      5004,
    ),
    interval: optional(option("--interval", durationValue({ min: 10, max: 60_000 }), {
      description:
        message`How often each channel sends: one event of the match, and the sound due in that time. Without it sound goes out frame by frame.`,
    })),
    plainReceivers: multiple(option("--rtp-to", addressValue("HOST:PORT"), {
      description:
        message`Also sends the sound as plain RTP to a player or multicast group; may be given more than once.`,
    })),
    sdp: optional(option("--sdp", string({ metavar: "FILE" }), {
      description: message`Writes the description with which a plain player opens that sound.`,
    })),
  }),
);

const sound = group(
  "Sound",
  object({
    audio: multiple(option("--audio", string({ metavar: "FILE" }), {
      description:
        message`MP3 or Ogg Opus: a file, a named pipe, - for standard input, an http address, or a playlist of those (M3U, PLS, XSPF); several are played one after the other.`,
    })),
    moreAudio: multiple(argument(string({ metavar: "FILE" }), {
      description: message`More sound, played after that of --audio.`,
    })),
    loop: withDefault(
      flag("--loop", {
        description: message`Starts the sound over when it ends, until the broadcast is stopped.`,
      }),
      false,
    ),
  }),
);

const match = group(
  "Match",
  object({
    match: optional(option("--match", matchValue(), {
      description: message`The teams, home first: "Home x Away".`,
    })),
    events: optional(option("--events", string({ metavar: "FILE" }), {
      description:
        message`Events as NDJSON, one a line: a file, a named pipe, or - for standard input.`,
    })),
    simulate: withDefault(
      flag("--simulate", {
        description: message`Simulates a match; done anyway with neither sound nor events.`,
      }),
      false,
    ),
    seed: optional(option("--seed", integer({ metavar: "NUMBER", min: 0 }), {
      description: message`The same number gives the same match.`,
    })),
    speed: optional(option("--speed", float({ metavar: "FACTOR", min: 0.001, max: 100_000 }), {
      description:
        message`How much faster than life events come: 60, a minute of the match a second, when simulated; 1 when from --events. --interval takes its place.`,
    })),
    language: withDefault(
      option("--lang", choice(["en", "pt"], { metavar: "LANGUAGE" }), {
        description: message`What the simulated commentary speaks.`,
      }),
      "en",
    ),
  }),
);

const admission = group(
  "Who gets in",
  object({
    tokens: multiple(option("--token", string({ metavar: "TOKEN" }), {
      description:
        message`Lets in who knows it; may be given more than once. Others on this machine can see it: --token-file and the variable STREAMER_TOKEN are safer. With none of these, nor --tokens, one is made.`,
    })),
    tokenFile: optional(option("--token-file", string({ metavar: "FILE" }), {
      description: message`Reads tokens from a file, one a line.`,
    })),
    signedTokens: optional(option("--tokens", string({ metavar: "FILE" }), {
      description:
        message`Lets in who has a token that streamer token made with this file; one that is revoked or expires ends its listening at once.`,
    })),
    isOpen: withDefault(
      flag("--open", { description: message`Lets everybody in, without a token.` }),
      false,
    ),
    capacity: withDefault(
      option("--capacity", integer({ metavar: "NUMBER", min: 1, max: 100_000 }), {
        description: message`Listeners at the same time.`,
      }),
      100,
    ),
    isPlain: withDefault(
      flag("--plain", {
        description:
          message`Does not encrypt: whoever is on the network's path can listen. For classrooms.`,
      }),
      false,
    ),
  }),
);

const running = group(
  "Running",
  object({
    waitFor: withDefault(
      option("--wait-for", integer({ metavar: "NUMBER", min: 0, max: 100_000 }), {
        description: message`Begins when this many listeners are in.`,
      }),
      0,
    ),
    duration: optional(option("--duration", durationValue({ min: 1 }), {
      description: message`Ends the broadcast this long after its start, such as 90s or 1h30m.`,
    })),
    db: optional(option("--db", string({ metavar: "FILE" }), {
      description:
        message`Keeps the timeline and what else the broadcast is made of, so that after a crash the same command goes on with it. It holds secrets: nobody else may read it.`,
    })),
    log: optional(option("--log", string({ metavar: "FILE" }), {
      description:
        message`Writes down who came, who went, who was refused and why, and what was sent.`,
    })),
    json: withDefault(
      flag("--json", { description: message`Prints one JSON object a line, for scripts.` }),
      false,
    ),
  }),
);

/** The command line of `serve`. */
export const serveArguments = map(
  merge(network, sound, match, admission, running),
  ({ moreAudio, ...options }): ServeOptions => ({
    ...options,
    audio: [...options.audio, ...moreAudio],
  }),
);

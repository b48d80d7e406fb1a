import { group, merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional, withDefault } from "@optique/core/modifiers";
import { argument, flag, option } from "@optique/core/primitives";
import { choice, float, integer, string } from "@optique/core/valueparser";
import {
  directoryValue,
  identityFlag,
  readableValue,
} from "../../shared/command/directory_flags.ts";
import {
  durationValue,
  fileValue,
  jsonFlag,
  logFlag,
  qrFlags,
} from "../../shared/command/values.ts";
import { personName, sport, title } from "../../shared/directory/forms.ts";
import {
  addressValue,
  advertisedValue,
  bitrateValue,
  hostValue,
  matchValue,
  momentValue,
  rateValue,
  sizeValue,
  studioValue,
} from "./argument_values.ts";
import type { ServeOptions } from "../interface/config.ts";
import { describeUnused } from "./unused_flags.ts";

const network = group(
  "Network",
  object({
    host: withDefault(
      option("--host", hostValue("ADDRESS"), {
        description: message`The address of this machine to serve on; 0.0.0.0 means all of them.`,
      }),
      "0.0.0.0",
    ),
    port: withDefault(
      option("--port", integer({ metavar: "PORT", min: 0, max: 65_535 }), {
        description: message`The UDP port; 0 picks a free one.`,
      }),
      5004,
    ),
    advertise: multiple(option("--advertise", advertisedValue(), {
      description:
        message`The address at which listeners outside this network reach this machine, such as that of the router that forwards the port. The first one is in the join link. Can be repeated.`,
    })),
    qr: qrFlags,
    interval: optional(option("--interval", durationValue({ min: 10, max: 60_000 }), {
      description:
        message`How often each channel sends: one event, one data message, and the sound of that interval. Without it, sound is sent frame by frame. It has no effect on the screen.`,
    })),
    plainReceivers: multiple(option("--rtp-to", addressValue("HOST:PORT"), {
      description:
        message`Also sends the sound as plain RTP to this player or multicast group. Can be repeated.`,
    })),
    plainScreenReceivers: multiple(option("--rtp-screen-to", addressValue("HOST:PORT"), {
      description:
        message`Also sends the screen as plain RTP to this player or multicast group. Can be repeated.`,
    })),
    noFfi: withDefault(
      flag("--no-ffi", {
        description:
          message`Sends and receives without calling the system directly (FFI), which on Linux is several times as fast.`,
      }),
      false,
    ),
    sdp: optional(option("--sdp", fileValue("FILE"), {
      description:
        message`Writes a session description (SDP), with which a player opens the streams of --rtp-to and --rtp-screen-to.`,
    })),
  }),
);

const sound = group(
  "Sound",
  object({
    audio: multiple(option("--audio", fileValue("SOURCE", { words: ["browser"] }), {
      description:
        message`MP3 or Ogg Opus: a file, a named pipe, - for standard input, an http address, or a playlist of these (M3U, PLS, XSPF). Several are played one after the other. browser means the microphone of the studio.`,
    })),
    moreAudio: multiple(argument(string({ metavar: "SOURCE" }), {
      description: message`More sound, played after the sound of --audio.`,
    })),
    loop: withDefault(
      flag("--loop", {
        description:
          message`Repeats sound and screen until the broadcast is stopped; events and data are not repeated.`,
      }),
      false,
    ),
  }),
);

const screen = group(
  "Screen",
  object({
    screen: optional(option("--screen", fileValue("SOURCE", { words: ["browser", "desktop"] }), {
      description:
        message`H.264 or VP8: a file (MP4, MKV, WebM, MPEG-TS, H.264, IVF), a named pipe, - for standard input, an http address, desktop (this machine's screen, captured by ffmpeg), or browser (shared in the studio). Its sound is sent too if it is MP3 or Opus and --audio is absent.`,
    })),
    screenSize: optional(option("--screen-size", sizeValue(), {
      description:
        message`The size of the pictures of desktop and browser; by default the desktop's.`,
    })),
    screenRate: optional(option("--screen-rate", rateValue(), {
      description:
        message`Pictures per second: 15 by default for desktop and browser; for H.264 without a container, by default the rate that it declares, or 25.`,
    })),
    screenBitrate: optional(option("--screen-bitrate", bitrateValue(), {
      description:
        message`The bitrate of the pictures of desktop and browser, in bits per second; 1500k by default.`,
    })),
  }),
);

const data = group(
  "Data",
  object({
    data: optional(option("--data", fileValue("SOURCE"), {
      description:
        message`Live data, one JSON object per message, with values and optionally a picture: a file with one object per line, a named pipe, - for standard input, or an address: http(s)://, ws(s)://, mqtt://HOST[:PORT]/TOPIC, nats://HOST[:PORT]/SUBJECT, or zmq+tcp://HOST:PORT for PSI's bsread. Lost connections are retried.`,
    })),
    dataSetup: optional(option("--data-setup", fileValue("FILE"), {
      description:
        message`Title, unit, digits and limits of the values of --data, as JSON; a message with an impossible value is not sent. Without it, names and digits are taken from the first messages.`,
    })),
    simulateData: withDefault(
      flag("--simulate-data", {
        description:
          message`Simulates the data of a particle beam, with a camera picture: one message per second, or one per --interval.`,
      }),
      false,
    ),
  }),
);

const studio = group(
  "Studio",
  object({
    studio: optional(option("--studio", studioValue(), {
      description:
        message`Serves the host's own page, on this machine only: microphone, screen, score, clock and listeners. Without an address, at 127.0.0.1:8081; port 0 picks a free one. Sound and screen come from it unless --audio or --screen is given, and begin when their buttons are pressed. --audio browser and --screen browser turn it on.`,
    })),
    noOpen: withDefault(
      flag("--no-open", {
        description: message`Does not open the studio in a browser; --json implies it.`,
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
    events: optional(option("--events", fileValue("FILE|-"), {
      description:
        message`Events as NDJSON, one event per line: a file, a named pipe, or - for standard input.`,
    })),
    simulate: withDefault(
      flag("--simulate", {
        description:
          message`Simulates a match; the default without --audio, --screen, --data, --events, --studio and --reports open.`,
      }),
      false,
    ),
    seed: optional(option("--seed", integer({ metavar: "NUMBER", min: 0 }), {
      description:
        message`The seed of the simulated match and data: the same seed gives the same match and data.`,
    })),
    speed: optional(option("--speed", float({ metavar: "FACTOR", min: 0.001, max: 100_000 }), {
      description:
        message`How much faster than real time events are sent, and data messages of a file that have times. The default is 60 for a simulated match (one minute of the match per second), otherwise 1. With --interval it has no effect.`,
    })),
    actions: optional(option("--actions", fileValue("FILE"), {
      description:
        message`A JSON array of what can happen in the match, {title, type, points, both, windowSeconds}: the buttons of the studio, and what listeners may report. Football's by default.`,
    })),
    reports: withDefault(
      option("--reports", choice(["open", "tokens", "off"], { metavar: "open|tokens|off" }), {
        description:
          message`Which listeners may report what happens: all (open), those whose token says reporter (tokens), or none (off). Events that enough of them report enter the timeline.`,
      }),
      "tokens",
    ),
    quorum: optional(option("--quorum", integer({ metavar: "NUMBER", min: 1, max: 10_000 }), {
      description: message`The least number of reporters that must agree; 2 by default.`,
    })),
    votesPerAddress: optional(
      option("--votes-per-address", integer({ metavar: "NUMBER", min: 1, max: 10_000 }), {
        description:
          message`How many votes from one public address count; 1 by default. Phones of one mobile operator may share an address.`,
      }),
    ),
    language: withDefault(
      option("--lang", choice(["en", "pt"], { metavar: "en|pt" }), {
        description:
          message`The language of the simulated events, of the studio's buttons and of what may be reported: English or Portuguese.`,
      }),
      // Absent, so that a language without effect is known from none.
      undefined,
      { message: message`en` },
    ),
  }),
);

const admission = group(
  "Admission",
  object({
    tokens: multiple(option("--token", string({ metavar: "TOKEN" }), {
      description:
        message`Accepts this token; without one, a token is generated. Can be repeated. Other users of this machine can see it: --token-file and the variable STREAMER_TOKEN are safer.`,
    })),
    tokenFile: optional(option("--token-file", fileValue("FILE"), {
      description: message`Accepts the tokens in this file, one token per line.`,
    })),
    signedTokens: optional(option("--tokens", fileValue("FILE"), {
      description:
        message`Accepts the tokens that streamer token make made with this file. A listener whose token expires or is revoked is disconnected at once.`,
    })),
    isOpen: withDefault(
      flag("--open", { description: message`Accepts every listener, without a token.` }),
      false,
    ),
    capacity: withDefault(
      option("--capacity", integer({ metavar: "NUMBER", min: 1, max: 100_000 }), {
        description: message`The maximum number of listeners at the same time.`,
      }),
      100,
    ),
    isPlain: withDefault(
      flag("--plain", {
        description:
          message`Turns encryption off, for classrooms: anyone on the network path can listen.`,
      }),
      false,
    ),
  }),
);

const directory = group(
  "Directory",
  object({
    directory: optional(option("--directory", directoryValue, {
      description:
        message`Registers the broadcast in this directory (streamer directory), where listeners find it and get their tokens.`,
    })),
    title: optional(option("--title", readableValue("TITLE", title), {
      description: message`The title in the directory; by default the teams.`,
    })),
    sport: optional(option("--sport", readableValue("SPORT", sport), {
      description: message`The sport in the directory; football by default.`,
    })),
    starts: optional(option("--starts", momentValue(), {
      description:
        message`When the broadcast starts, for the directory: a time such as 2026-06-11T20:30, or a duration from now, such as 3h.`,
    })),
    isUnlisted: withDefault(
      flag("--unlisted", {
        description: message`Hides the broadcast from searches; only people with its link find it.`,
      }),
      false,
    ),
    name: optional(option("--name", readableValue("NAME", personName), {
      description: message`Your name in the directory.`,
    })),
    identity: identityFlag,
  }),
);

const running = group(
  "Running",
  object({
    waitFor: withDefault(
      option("--wait-for", integer({ metavar: "NUMBER", min: 0, max: 100_000 }), {
        description: message`Starts when this many listeners have joined.`,
      }),
      0,
    ),
    duration: optional(option("--duration", durationValue({ min: 1 }), {
      description: message`Ends the broadcast after this time, such as 90s or 1h30m.`,
    })),
    db: optional(option("--db", fileValue("FILE"), {
      description:
        message`Stores the timeline, token and keys, so that the same command can resume after a crash. The file holds secrets: keep it private.`,
    })),
    log: logFlag,
    json: jsonFlag,
  }),
);

/** What `serve` takes from the command line. */
export const serveArguments = map(
  merge(network, sound, screen, data, studio, match, admission, directory, running),
  ({ moreAudio, language, ...options }): ServeOptions => {
    const given = { ...options, audio: [...options.audio, ...moreAudio] };
    const unused = describeUnused({ ...given, ...(language && { language }) });
    return { ...given, language: language ?? "en", ...(unused.length > 0 && { unused }) };
  },
);

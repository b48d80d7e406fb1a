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
        description:
          message`The address of this machine to serve on; 0.0.0.0 means all its addresses.`,
      }),
      "0.0.0.0",
    ),
    port: withDefault(
      option("--port", integer({ metavar: "PORT", min: 0, max: 65_535 }), {
        description: message`The UDP port; 0 takes any free one.`,
      }),
      5004,
    ),
    advertise: multiple(option("--advertise", advertisedValue(), {
      description:
        message`Where listeners elsewhere reach this machine: a name, or the address of the router that passes the port on. The first one stands in the join link. Can be repeated.`,
    })),
    qr: qrFlags,
    interval: optional(option("--interval", durationValue({ min: 10, max: 60_000 }), {
      description:
        message`How often each channel sends: one event, one message of data, and the sound of that interval. Without --interval, sound is sent frame by frame. The screen always is.`,
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
          message`Sends and receives without direct calls of the system, which on Linux are several times as fast.`,
      }),
      false,
    ),
    sdp: optional(option("--sdp", fileValue("FILE"), {
      description:
        message`Writes the session description (SDP) that a player needs to open what --rtp-to and --rtp-screen-to send.`,
    })),
  }),
);

const sound = group(
  "Sound",
  object({
    audio: multiple(option("--audio", fileValue("SOURCE", { words: ["browser"] }), {
      description:
        message`MP3 or Ogg Opus: a file, a named pipe, - for standard input, an http address, or a playlist of these (M3U, PLS, XSPF). Several are played one after the other. Or browser: the microphone, in the studio.`,
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
        message`H.264 or VP8: a file (MP4, MKV, WebM, MPEG-TS, H.264, IVF), a named pipe, - for standard input, an http address, desktop for this machine's own, or browser for one that is shared in the studio. Its sound is sent too if it is MP3 or Opus and --audio is absent.`,
    })),
    screenSize: optional(option("--screen-size", sizeValue(), {
      description:
        message`The size of the pictures of desktop and browser; the desktop's own by default.`,
    })),
    screenRate: optional(option("--screen-rate", rateValue(), {
      description:
        message`Pictures in a second: of desktop and browser, 15 by default; of a bare H.264 stream, what it says or else 25.`,
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
        message`Live data, one JSON object a message, with values and perhaps a picture: a file with an object on each line, a named pipe, - for standard input, or an address: http(s)://, ws(s)://, mqtt://HOST[:PORT]/TOPIC, nats://HOST[:PORT]/SUBJECT, or zmq+tcp://HOST:PORT for PSI's bsread. A server that is away is connected again.`,
    })),
    dataSetup: optional(option("--data-setup", fileValue("FILE"), {
      description:
        message`Title, unit, digits and limits of the values of --data, as JSON; a message that goes against them is not sent. Without it, names and digits are taken from the first messages.`,
    })),
    simulateData: withDefault(
      flag("--simulate-data", {
        description:
          message`Simulates the data of a beam, with a camera picture: one message a second, or one every --interval.`,
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
        message`Serves the host's own page on this machine alone: microphone, screen, score and clock, listeners. Without an address, at 127.0.0.1:8081; port 0 takes any free one. Sound and screen come from it unless --audio or --screen says otherwise, and begin when their buttons are pressed. It is on by itself with --audio browser or --screen browser.`,
    })),
    noOpen: withDefault(
      flag("--no-open", {
        description: message`Opens no browser with the studio; neither does --json.`,
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
        message`The seed of the simulated match, and of the simulated data: the same seed gives the same.`,
    })),
    speed: optional(option("--speed", float({ metavar: "FACTOR", min: 0.001, max: 100_000 }), {
      description:
        message`How much faster than real time the events come, and the data of a file whose messages have times. The default is 60 for a simulated match, one minute of the match per second, and 1 for all else. With --interval it has no effect.`,
    })),
    actions: optional(option("--actions", fileValue("FILE"), {
      description:
        message`What can happen in the match, as a JSON array of {title, type, points, both, windowSeconds}: the buttons of the studio, and what listeners may report. Football's by default.`,
    })),
    reports: withDefault(
      option("--reports", choice(["open", "tokens", "off"], { metavar: "open|tokens|off" }), {
        description:
          message`Which listeners may report what happens: all (open), those whose token says reporter (tokens), or none (off). What enough of them report becomes an event.`,
      }),
      "tokens",
    ),
    quorum: optional(option("--quorum", integer({ metavar: "NUMBER", min: 1, max: 10_000 }), {
      description: message`How many reporters must agree at least; 2 by default.`,
    })),
    votesPerAddress: optional(
      option("--votes-per-address", integer({ metavar: "NUMBER", min: 1, max: 10_000 }), {
        description:
          message`How many votes of one public address count; 1 by default. Many phones may share one address.`,
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
        message`Accepts tokens that streamer token make has made with this file. A listener whose token expires or is revoked is removed at once.`,
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
      description: message`What the directory shows; the teams by default.`,
    })),
    sport: optional(option("--sport", readableValue("SPORT", sport), {
      description: message`The sport, for the directory; football by default.`,
    })),
    starts: optional(option("--starts", momentValue(), {
      description:
        message`When it starts, for the directory: a time such as 2026-06-11T20:30, or how long from now, such as 3h.`,
    })),
    isUnlisted: withDefault(
      flag("--unlisted", {
        description:
          message`Nobody finds it by a search in the directory, only who is given its link.`,
      }),
      false,
    ),
    name: optional(option("--name", readableValue("NAME", personName), {
      description: message`Who broadcasts, for the directory.`,
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

import { group, merge, object } from "@optique/core/constructs";
import { type Message, message, text as plain } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { argument, flag, option } from "@optique/core/primitives";
import { integer, string, type ValueParser } from "@optique/core/valueparser";
import { parseJoinLink } from "../../shared/admission/join_link.ts";
import { directoryValue, identityFlag } from "../../shared/command/directory_flags.ts";
import { parseDirectoryLink } from "../../shared/directory/directory_link.ts";
import {
  durationValue,
  fileValue,
  jsonFlag,
  logFlag,
  valueParser,
} from "../../shared/command/values.ts";
import { CONTAINER_ENDINGS, containerOf } from "../playing/screen/containers.ts";
import type { Millis } from "../../shared/core/units.ts";
import { formatDuration, parseDuration } from "../../shared/text/duration.ts";
import type { Latency, ListenOptions } from "../interface/config.ts";
import { describeUnused } from "./unused_flags.ts";

const PRESETS = ["low", "normal", "safe"] as const;
const LONGEST_LATENCY: Millis = 60_000;

const latency: ValueParser<"sync", Latency> = {
  ...valueParser<Latency>(
    "low|normal|safe|DURATION",
    "normal",
    (value) => typeof value === "string" ? value : formatDuration(value),
    (text) => {
      const value = PRESETS.find((name) => name === text) ?? parseDuration(text);
      return value === undefined || (typeof value === "number" && value > LONGEST_LATENCY)
        ? { problem: message`${text} is not low, normal, safe or a duration up to 1m.` }
        : { value };
    },
  ),
  *suggest(prefix) {
    for (const text of PRESETS) if (text.startsWith(prefix)) yield { kind: "literal", text };
  },
};

/** The link as it was given. An invalid one is not repeated in the error, since it may hold a token. */
const joinLink = valueParser(
  "LINK",
  "",
  () => "streamer://…",
  (text) =>
    parseDirectoryLink(text) === undefined && parseJoinLink(text) === undefined
      ? { problem: message`This is not a join link such as streamer://HOST:PORT/?t=TOKEN.` }
      : { value: text },
);

/** A file whose ending says how frames are held. */
const screenFile: ValueParser<"sync", string> = {
  ...fileValue("FILE", { endings: CONTAINER_ENDINGS }),
  ...valueParser(
    "FILE",
    "screen.mkv",
    (path: string) => path,
    (path) =>
      containerOf(path) === undefined
        ? { problem: message`${path} does not end in ${plain(CONTAINER_ENDINGS.join(", "))}.` }
        : { value: path },
  ),
};

const USUAL = { host: "127.0.0.1", port: 5004 } as const;

const host = group(
  "Host",
  object({
    link: optional(argument(joinLink, {
      description:
        message`The join link that the host printed: its address, its key and a token. Or a link of a directory: streamer://DIRECTORY/?b=ID.`,
    })),
    // Absent when not given, so that a flag without effect is known from none.
    host: withDefault(
      option("--host", string({ metavar: "HOST" }), {
        description: message`The name or address of the host, when there is no link.`,
      }),
      undefined,
      { message: message`${plain(USUAL.host)}` },
    ),
    port: withDefault(
      option("--port", integer({ min: 1, max: 65_535, metavar: "PORT" }), {
        description: message`The UDP port of the host, when there is no link.`,
      }),
      undefined,
      { message: message`${plain(String(USUAL.port))}` },
    ),
    token: optional(option("--token", string({ metavar: "TOKEN" }), {
      description:
        message`The token for the host. Other users of this machine can see it: --token-file and the variable STREAMER_TOKEN are safer.`,
    })),
    tokenFile: optional(option("--token-file", fileValue("FILE"), {
      description: message`A file with the token in its first line.`,
    })),
    name: optional(option("--name", string({ metavar: "NAME" }), {
      description:
        message`The name of this listener in the host's log, and of this person in a directory.`,
    })),
  }),
);

/** @param without what happens when there is nothing to search for, if anything does. */
const directory = (without: Message) =>
  group(
    "Directory",
    object({
      directory: optional(option("--directory", directoryValue, {
        description: [...message`The directory that --search searches in.`, ...without],
      })),
      search: optional(option("--search", string({ metavar: "TEXT" }), {
        description:
          message`Joins the broadcast that these words find in the directory; they may be misspelt. Several or none are listed.`,
      })),
      identity: identityFlag,
    }),
  );

const sound = (silence: Message) =>
  group(
    "Sound",
    object({
      latency: withDefault(
        option("--latency", latency, {
          description:
            message`How long sound, screen and live data are delayed, so that late and repaired packets can still be used: low, normal or safe (at least 80, 200 or 500 ms, and more on an uneven path), or exactly this duration after it was sent, the same moment at every listener, such as 300ms.`,
        }),
        "normal" as const,
      ),
      isSilent: option("--no-play", { description: silence }),
      record: optional(option("--record", fileValue("FILE"), {
        description:
          message`Records the sound to a file, exactly as it was sent. A file with content is never overwritten: the recording then goes to a numbered file.`,
      })),
    }),
  );

const screen = group(
  "Screen",
  object({
    recordScreen: optional(option("--record-screen", screenFile, {
      description:
        message`Records the screen without its sound, exactly as it was sent: .mkv and .mp4 hold either codec, .h264 only H.264, .ivf only VP8. A file with content is never overwritten.`,
    })),
    frames: optional(flag("--frames", {
      description:
        message`With --json: prints a line for each frame that is shown, with its number, its time and its SHA-256.`,
    })),
  }),
);

const data = group(
  "Live data",
  object({
    recordData: optional(option("--record-data", fileValue("FOLDER", { isFolder: true }), {
      description:
        message`Records live data in a folder, which is made if there is none: a line of JSON for each message in data.ndjson, and each picture in a file. A folder with a recording is never overwritten: the recording then goes to a numbered folder.`,
    })),
  }),
);

const reporting = group(
  "Reporting",
  object({
    report: optional(option("--report", fileValue("FILE|-"), {
      description:
        message`Reports events of the match from a file, a named pipe, or - for standard input: NDJSON, sent as it is read. The host must allow it; others must report the same before it counts.`,
    })),
  }),
);

const running = group(
  "Running",
  object({
    duration: optional(option("--duration", durationValue({ min: 1 }), {
      description: message`Leaves this long after joining.`,
    })),
    json: jsonFlag,
    log: logFlag,
  }),
);

/** What differs between the help of `listen` and that of `view`. */
interface Wording {
  readonly directory: Message;
  readonly silence: Message;
}

const WORDINGS: Readonly<Record<"listen" | "view", Wording>> = {
  listen: { directory: [], silence: message`Starts no player for the sound.` },
  view: {
    directory: message` With neither --search nor a link, a page on the directory is opened.`,
    silence: message`Changes nothing: the page plays the sound, and no player is started.`,
  },
};

/** What `listen` and `view` take from the command line. */
export function listenerArguments(command: keyof typeof WORDINGS) {
  const words = WORDINGS[command];
  return map(
    merge(host, directory(words.directory), sound(words.silence), screen, data, reporting, running),
    ({ isSilent, ...given }): ListenOptions => {
      const unused = describeUnused(given);
      const { host = USUAL.host, port = USUAL.port } = given;
      return { ...given, host, port, play: !isSilent, ...(unused.length > 0 && { unused }) };
    },
  );
}

/** What `listen` takes from the command line. */
export const listenArguments = listenerArguments("listen");

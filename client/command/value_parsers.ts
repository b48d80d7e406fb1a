import { message } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import { formatDuration, parseDuration } from "../../shared/text/duration.ts";
import { parseJoinLink } from "../../shared/admission/join_link.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Latency } from "../interface/config.ts";

const PRESETS = ["low", "normal", "safe"] as const;
const LONGEST_LATENCY: Millis = 60_000;

export const duration: ValueParser<"sync", Millis> = {
  mode: "sync",
  metavar: "DURATION",
  placeholder: 0,
  parse(input) {
    const value = parseDuration(input);
    return value === undefined || value === 0
      ? { success: false, error: message`${input} is not a duration such as 30s or 1m30s.` }
      : { success: true, value };
  },
  format: formatDuration,
};

export const latency: ValueParser<"sync", Latency> = {
  mode: "sync",
  metavar: "LATENCY",
  placeholder: "normal",
  parse(input) {
    const preset = PRESETS.find((name) => name === input);
    const value = preset ?? parseDuration(input);
    return value === undefined || (typeof value === "number" && value > LONGEST_LATENCY)
      ? {
        success: false,
        error: message`${input} is not low, normal, safe or a duration up to 1m.`,
      }
      : { success: true, value };
  },
  format: (value) => typeof value === "string" ? value : formatDuration(value as number),
  *suggest(prefix) {
    for (const text of PRESETS) if (text.startsWith(prefix)) yield { kind: "literal", text };
  },
};

/** The link stays a text: it is read again where it is used. What is wrong is not repeated, for it may hold a token. */
export const joinLink: ValueParser<"sync", string> = {
  mode: "sync",
  metavar: "LINK",
  placeholder: "",
  parse(input) {
    return parseJoinLink(input) === undefined
      ? {
        success: false,
        error: message`This is not a join link such as streamer://HOST:PORT/?t=TOKEN.`,
      }
      : { success: true, value: input };
  },
  format: () => "streamer://…",
};

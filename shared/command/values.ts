/*
 * Values and flags that the commands of both ends share.
 *
 * In: the text of an argument. Out: a value, or a message for people.
 *
 * The rest of each command line is in `server/command/arguments.ts`, `client/command/arguments.ts` and
 * `viewer/command/arguments.ts`. Read one of these next.
 */

import { or } from "@optique/core/constructs";
import { type Message, message, text as plain, value } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import { map, optional, withDefault } from "@optique/core/modifiers";
import type { Suggestion } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import { string, type ValueParser, type ValueParserResult } from "@optique/core/valueparser";
import type { Millis } from "../core/units.ts";
import { formatDuration, parseDuration } from "../text/duration.ts";

/** @returns the value that a text stands for, or what is wrong with the text. */
export type ReadValue<Value> = (
  text: string,
) => { readonly value: Value } | { readonly problem: Message };

/**
 * A parser for the value of a flag.
 *
 * @param metavar what the help shows in place of the value.
 * @param placeholder any valid value.
 */
export function valueParser<Value>(
  metavar: NonEmptyString,
  placeholder: Value,
  format: (value: Value) => string,
  read: ReadValue<Value>,
): ValueParser<"sync", Value> {
  return {
    mode: "sync",
    metavar,
    placeholder,
    format,
    parse(text): ValueParserResult<Value> {
      const result = read(text);
      return "problem" in result
        ? { success: false, error: result.problem }
        : { success: true, value: result.value };
    },
  };
}

/** A duration such as `200ms`, in milliseconds, from `min` to `max`. */
export function durationValue(
  { min, max = Infinity }: { readonly min: Millis; readonly max?: Millis },
): ValueParser<"sync", Millis> {
  return valueParser("DURATION", min, formatDuration, (text) => {
    const millis = parseDuration(text);
    if (millis === undefined) {
      return { problem: message`${value(text)} is not a duration: write 200ms, 5s or 1m30s.` };
    }
    if (millis < min) {
      return {
        problem: message`${value(text)} is too short: at least ${plain(formatDuration(min))}.`,
      };
    }
    if (millis > max) {
      return {
        problem: message`${value(text)} is too long: at most ${plain(formatDuration(max))}.`,
      };
    }
    return { value: millis };
  });
}

export interface FileValueOptions {
  /** Endings such as `.mp3`: a shell offers files with these alone; every file when absent. */
  readonly endings?: readonly string[];
  /** A folder is wanted, no file. */
  readonly isFolder?: boolean;
  /** Words that are taken too, such as `browser`. */
  readonly words?: readonly string[];
}

/** The path of a file, taken as it is; shells complete it. */
export function fileValue(
  metavar: NonEmptyString,
  { endings, isFolder = false, words = [] }: FileValueOptions = {},
): ValueParser<"sync", string> {
  return {
    ...string({ metavar }),
    *suggest(prefix): Iterable<Suggestion> {
      for (const text of words) if (text.startsWith(prefix)) yield { kind: "literal", text };
      yield {
        kind: "file",
        type: isFolder ? "directory" : "file",
        ...(prefix !== "" && { pattern: prefix }),
        ...(endings && { extensions: endings }),
      };
    },
  };
}

/** `--json`, of every command that prints lines. */
export const jsonFlag = withDefault(
  flag("--json", { description: message`Prints one JSON object per line, for scripts.` }),
  false,
);

/** `--log FILE`, of every command that runs for a while. */
export const logFlag = optional(option("--log", fileValue("FILE"), {
  description: message`Writes a log of everything that happens.`,
}));

/** `--qr` and `--no-qr`, of every command that prints an address for others. */
export const qrFlags = optional(or(
  map(
    flag("--qr", {
      description:
        message`Draws a QR code of the address even where the terminal is small or the output is a file; with --json on standard error.`,
    }),
    () => true,
  ),
  map(
    flag("--no-qr", {
      description:
        message`Draws no QR code. Without either, it is drawn where the terminal has room for it.`,
    }),
    () => false,
  ),
));

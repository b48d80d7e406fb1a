import { message, text as plain, value } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { NonEmptyString } from "@optique/core/nonempty";
import { option } from "@optique/core/primitives";
import type { ValueParser } from "@optique/core/valueparser";
import * as v from "valibot";
import { parseDirectoryAddress } from "../directory/directory_address.ts";
import { fileValue, valueParser } from "./values.ts";

/** The address of a directory, with a slash at its end. */
export const directoryValue: ValueParser<"sync", string> = valueParser(
  "URL",
  "http://127.0.0.1:8090/",
  (url) => url,
  (text) => {
    const url = parseDirectoryAddress(text);
    return url === undefined
      ? {
        problem: message`${
          value(text)
        } is no address of a directory: write one such as http://127.0.0.1:8090.`,
      }
      : { value: url };
  },
);

/** A title or a name that people read, by the schema that the directory checks it with. */
export function readableValue(
  metavar: NonEmptyString,
  schema: v.GenericSchema<string, string>,
): ValueParser<"sync", string> {
  return valueParser<string>(metavar, "Final", (text) => text, (text) => {
    const checked = v.safeParse(schema, text);
    if (checked.success) return { value: checked.output };
    const [{ message: said }] = checked.issues;
    const problem = said.startsWith("Invalid") ? "is empty or too long" : said;
    return { problem: message`${value(text)} ${plain(problem)}: write it otherwise.` };
  });
}

/** `--identity FILE`, of every command that asks a directory in somebody's name. */
export const identityFlag = optional(option("--identity", fileValue("FILE"), {
  description:
    message`The file with the key by which a directory knows you; made on first use. By default it is kept among your settings.`,
}));

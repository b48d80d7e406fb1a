import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { fileValue, jsonFlag, logFlag, valueParser } from "../../shared/command/values.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";

const DEFAULT_ADDRESS: Address = { hostname: "127.0.0.1", port: 8090 };
const ADDRESS = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+)):)?(\d{1,5})$/i;

const httpAddress = valueParser("HOST:PORT", DEFAULT_ADDRESS, formatAddress, (text) => {
  const [, address6, name, port] = ADDRESS.exec(text.trim()) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    return { problem: message`${text} is not an address such as 127.0.0.1:8090.` };
  }
  const hostname = address6 ?? name ?? DEFAULT_ADDRESS.hostname;
  return { value: { hostname, port: Number(port) } };
});

/** What `directory` takes from the command line. */
export const directoryArguments = object({
  http: withDefault(
    option("--http", httpAddress, {
      description:
        message`The address of the directory; port 0 takes any free port. Beyond this network put a proxy with TLS before it.`,
    }),
    DEFAULT_ADDRESS,
  ),
  db: optional(option("--db", fileValue("FILE"), {
    description:
      message`Keeps the broadcasts and the directory's keys in this SQLite file, and goes on with them after a restart. Private.`,
  })),
  members: optional(option("--members", fileValue("FILE"), {
    description:
      message`Only these people may create and join: one public key a line, # begins a comment. Read again as it changes. Without it everybody may.`,
  })),
  bans: optional(option("--bans", fileValue("FILE"), {
    description:
      message`These people may not: their sessions end and their broadcasts go. The same form, read again as it changes.`,
  })),
  json: jsonFlag,
  log: logFlag,
});

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
        message`The address of the directory; port 0 picks a free one. For the internet, put a proxy with TLS in front of it.`,
    }),
    DEFAULT_ADDRESS,
  ),
  db: optional(option("--db", fileValue("FILE"), {
    description:
      message`Keeps broadcasts and the directory's keys in this SQLite file, so that a restart resumes with them. Keep the file private.`,
  })),
  members: optional(option("--members", fileValue("FILE"), {
    description:
      message`Only the people in this file may create and join broadcasts: one public key per line, # starts a comment. Changes take effect at once. Without it, everybody may.`,
  })),
  bans: optional(option("--bans", fileValue("FILE"), {
    description:
      message`Bans the people in this file, which has the form of --members: their sessions end and their broadcasts are removed. Changes take effect at once.`,
  })),
  json: jsonFlag,
  log: logFlag,
});

import { group, merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { listenerArguments } from "../../client/command/arguments.ts";
import { qrFlags, valueParser } from "../../shared/command/values.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import type { ViewOptions } from "./run.ts";

const DEFAULT_ADDRESS: Address = { hostname: "127.0.0.1", port: 8080 };
const HIGHEST_PORT = 65_535;

/** Reads `HOST:PORT`, `[::1]:PORT`, or a port alone; undefined for anything else. */
export function parseHttpAddress(text: string): Address | undefined {
  const parts = /^(?:(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+)):)?(\d{1,5})$/i.exec(text.trim());
  if (!parts) return undefined;
  const [, address6, name, digits] = parts;
  const port = Number(digits);
  if (port > HIGHEST_PORT) return undefined;
  return { hostname: address6 ?? name ?? DEFAULT_ADDRESS.hostname, port };
}

const httpAddress = valueParser("HOST:PORT", DEFAULT_ADDRESS, formatAddress, (text) => {
  const value = parseHttpAddress(text);
  return value
    ? { value }
    : { problem: message`${text} is not an address such as 127.0.0.1:8080.` };
});

/** The arguments of `view`: those of `listen`, and the address of the page. */
export const viewArguments = map(
  merge(
    object({ listen: listenerArguments("view") }),
    group(
      "Page",
      object({
        http: withDefault(
          option("--http", httpAddress, {
            description:
              message`The address of the page; port 0 takes any free port. A page that other machines can reach opens only with the key at the end of its address.`,
          }),
          DEFAULT_ADDRESS,
        ),
        qr: qrFlags,
      }),
    ),
  ),
  ({ listen, http, qr }): ViewOptions => ({ ...listen, http, ...(qr !== undefined && { qr }) }),
);

/** Whether `view` opens on a directory: it is given one, and not what to join. */
export function opensOnDirectory(options: ViewOptions): options is DirectoryViewOptions {
  const { directory, link, search } = options;
  return directory !== undefined && link === undefined && search === undefined;
}

export interface DirectoryViewOptions extends ViewOptions {
  readonly directory: string;
}

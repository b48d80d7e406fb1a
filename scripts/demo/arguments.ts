import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { integer, string, type ValueParser } from "@optique/core/valueparser";
import { durationValue } from "../../shared/command/values.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";

export interface DemoOptions {
  /** Until Ctrl-C when absent. */
  readonly duration?: Millis;
  /** The seed of match and network: the same seed loses the same packets. */
  readonly seed: number;
  /** In [0, 1]. */
  readonly loss: number;
  /** Serve the recording as Opus instead of MP3. */
  readonly isOpus: boolean;
  /** Absent: no page. */
  readonly page: boolean;
  /** The address of the page; without `--http`, a free port when the default is in use. */
  readonly http: Address;
  readonly isHttpGiven: boolean;
  readonly json: boolean;
  readonly log?: string;
}

const DEFAULT_HTTP: Address = { hostname: "127.0.0.1", port: 8080 };

const percent: ValueParser<"sync", number> = {
  mode: "sync",
  metavar: "PERCENT",
  placeholder: 0,
  parse(input) {
    const value = Number(/^(\d+(?:\.\d+)?)\s*%?$/.exec(input.trim())?.[1]);
    return value >= 0 && value <= 90
      ? { success: true, value: value / 100 }
      : { success: false, error: message`${input} is not a share from 0% to 90%.` };
  },
  format: (value) => `${value * 100}%`,
};

const address: ValueParser<"sync", Address> = {
  mode: "sync",
  metavar: "HOST:PORT",
  placeholder: DEFAULT_HTTP,
  parse(input) {
    const [, ipv6, name, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(input.trim()) ?? [];
    return port !== undefined && Number(port) <= 65_535
      ? { success: true, value: { hostname: ipv6 ?? name!, port: Number(port) } }
      : { success: false, error: message`${input} is not HOST:PORT such as 127.0.0.1:8080.` };
  },
  format: formatAddress,
};

const parsed = object({
  duration: optional(option("--duration", durationValue({ min: 1 }), {
    description: message`Ends the demo after this time, such as 30s; without it, Ctrl-C ends it.`,
  })),
  seed: withDefault(
    option("--seed", integer({ min: 0, metavar: "N" }), {
      description:
        message`The seed of match and network: the same seed gives the same match and loses the same packets.`,
    }),
    2014,
  ),
  loss: withDefault(
    option("--loss", percent, {
      description: message`The share of packets that the network loses.`,
    }),
    0.02,
  ),
  isOpus: option("--opus", { description: message`Sends the recording as Opus instead of MP3.` }),
  isWithoutPage: option("--no-page", { description: message`Serves no page.` }),
  http: optional(option("--http", address, {
    description:
      message`Where the page is served. The default is 127.0.0.1:8080, or another port when that one is in use.`,
  })),
  json: option("--json", { description: message`Prints one JSON object per line, for scripts.` }),
  log: optional(option("--log", string({ metavar: "FILE" }), {
    description: message`Writes a log of everything that happens.`,
  })),
});

export const demoArguments = map(parsed, ({ isWithoutPage, http, ...rest }): DemoOptions => ({
  ...rest,
  page: !isWithoutPage,
  http: http ?? DEFAULT_HTTP,
  isHttpGiven: http !== undefined,
}));

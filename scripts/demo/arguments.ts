import { object } from "@optique/core/constructs";
import { message, text as plain, value as quoted } from "@optique/core/message";
import { map, optional, withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { integer } from "@optique/core/valueparser";
import { durationValue, jsonFlag, logFlag, valueParser } from "../../shared/command/values.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import { MOST } from "../../shared/page/page_network.ts";

export interface DemoOptions {
  /** Until Ctrl-C when absent. */
  readonly duration?: Millis;
  /** The seed of match and network: the same seed loses the same packets. */
  readonly seed: number;
  /** In [0, 1]. */
  readonly loss: number;
  readonly delayMillis: Millis;
  /** Both in [0, 0.5]. */
  readonly duplicate: number;
  readonly reorder: number;
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

const percent = (most: number) =>
  valueParser("PERCENT", 0, (value: number) => `${+(value * 100).toFixed(4)}%`, (text) => {
    const value = Number(/^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim())?.[1]);
    return value >= 0 && value <= most * 100
      ? { value: value / 100 }
      : { problem: message`${quoted(text)} is not a share from 0% to ${plain(`${most * 100}%`)}.` };
  });

const address = valueParser("HOST:PORT", DEFAULT_HTTP, formatAddress, (text) => {
  const [, ipv6, name, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  return port !== undefined && Number(port) <= 65_535
    ? { value: { hostname: ipv6 ?? name!, port: Number(port) } }
    : { problem: message`${text} is not HOST:PORT such as 127.0.0.1:8080.` };
});

const parsed = object({
  duration: optional(option("--duration", durationValue({ min: 1 }), {
    description: message`Ends after this time and compares; without it, runs until Ctrl-C.`,
  })),
  seed: withDefault(
    option("--seed", integer({ min: 0, metavar: "N" }), {
      description: message`The seed of match and network: the same seed repeats the run.`,
    }),
    2014,
  ),
  loss: withDefault(
    option("--loss", percent(MOST.loss), {
      description: message`The share of packets that the network loses at the start.`,
    }),
    0.02,
  ),
  delayMillis: withDefault(
    option("--delay", durationValue({ min: 0, max: MOST.delayMillis }), {
      description: message`How long packets take to a listener at the start.`,
    }),
    15,
  ),
  duplicate: withDefault(
    option("--duplicate", percent(MOST.duplicate), {
      description: message`The share of packets that arrive twice at the start.`,
    }),
    0.005,
  ),
  reorder: withDefault(
    option("--reorder", percent(MOST.reorder), {
      description: message`The share of packets that later ones pass at the start.`,
    }),
    0.01,
  ),
  isOpus: option("--opus", { description: message`Serves the recording as Opus instead of MP3.` }),
  isWithoutPage: option("--no-page", { description: message`Serves no page.` }),
  http: optional(option("--http", address, {
    description:
      message`The address of the page: 127.0.0.1:8080, or a free port when that is in use.`,
  })),
  json: jsonFlag,
  log: logFlag,
});

export const demoArguments = map(parsed, ({ isWithoutPage, http, ...rest }): DemoOptions => ({
  ...rest,
  page: !isWithoutPage,
  http: http ?? DEFAULT_HTTP,
  isHttpGiven: http !== undefined,
}));

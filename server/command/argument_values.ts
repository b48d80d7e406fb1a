import { message, text as plain, value } from "@optique/core/message";
import type { ValueParser } from "@optique/core/valueparser";
import * as v from "valibot";
import { valueParser } from "../../shared/command/values.ts";
import { formatDuration, parseDuration } from "../../shared/text/duration.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import type { Millis, WallMillis } from "../../shared/core/units.ts";
import { fitsTeamName, MAX_TEAM_NAME_LENGTH } from "../../shared/admission/admission.ts";
import type { AdvertisedAddress } from "../broadcast/join_addresses.ts";
import type { Match, ScreenSize } from "../interface/config.ts";
import { MAX_TOKEN_NAME, passFields } from "../tokens/token_register.ts";

/** Of a name in the DNS, in text (RFC 1035 section 2.3.4). */
const MAX_HOST_LENGTH = 253;
const HOST_AND_PORT = /^(?:\[([0-9a-f.:%\w]+)\]|([^\s:[\]]+)):(\d{1,5})$/i;
const IPV6 = /^[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*(?:%\w+)?$/i;
/** A name begins as it must in a link: an option that lacks its value must not pass for one. */
const HOST = /^(?:[0-9a-f.]*:[0-9a-f.:]+(?:%\w+)?|\w[\w.-]*)$/i;

/** A name or an address, without a port. */
export function hostValue(metavar: "ADDRESS" | "HOST"): ValueParser<"sync", string> {
  return valueParser(metavar, "0.0.0.0", (host: string) => host, (text) => {
    if (HOST.test(text)) return { value: text };
    return { problem: message`${value(text)} is not an address: write one such as 0.0.0.0.` };
  });
}

/** `HOST:PORT`, an IPv6 address in brackets. */
export function addressValue(metavar: "HOST:PORT"): ValueParser<"sync", Address> {
  const placeholder = { hostname: "127.0.0.1", port: 5004 };
  return valueParser(metavar, placeholder, formatAddress, (text) => {
    const [, bracketed, name, portText] = HOST_AND_PORT.exec(text) ?? [];
    const hostname = bracketed ?? name;
    const port = Number(portText);
    // RTCP goes to the next port, so the highest one is no use.
    if (hostname === undefined || !(port >= 1 && port <= 65_534)) {
      return { problem: message`${value(text)} is not HOST:PORT, such as 239.0.0.1:5004.` };
    }
    return { value: { hostname, port } };
  });
}

const HOST_AND_MAYBE_PORT = /^(?:\[([0-9a-f.:%\w]+)\]|([^\s:[\]/?#@]+))(?::(\d{1,5}))?$/i;

/** `HOST[:PORT]`, an IPv6 address in brackets or, without a port, as it is. */
export function advertisedValue(): ValueParser<"sync", AdvertisedAddress> {
  const placeholder = { hostname: "match.example" };
  const format = ({ hostname, port }: AdvertisedAddress) =>
    port === undefined ? hostname : formatAddress({ hostname, port });
  return valueParser<AdvertisedAddress>("HOST[:PORT]", placeholder, format, (text) => {
    if (IPV6.test(text)) return { value: { hostname: text } };
    const [, bracketed, name, portText] = HOST_AND_MAYBE_PORT.exec(text) ?? [];
    const hostname = bracketed ?? name;
    const port = portText === undefined ? undefined : Number(portText);
    const isPort = port === undefined || port >= 1 && port <= 65_535;
    const isHost = bracketed === undefined ? HOST.test(name ?? "") : IPV6.test(bracketed);
    if (hostname !== undefined && hostname.length <= MAX_HOST_LENGTH && isHost && isPort) {
      return { value: { hostname, ...(port !== undefined && { port }) } };
    }
    return {
      problem: message`${
        value(text)
      } is not HOST or HOST:PORT, such as match.example:5004 or [2001:db8::1]:5004.`,
    };
  });
}

const STUDIO_ADDRESS = /^(?:(?:\[([0-9a-f.:%\w]+)\]|([^\s:[\]/?#@]+)):)?(\d{1,5})$/i;

/** Addresses that a person gives to reach the studio from elsewhere; this machine's own are not among them. */
const ELSEWHERE = /^(?!127\.)\d{1,3}(?:\.\d{1,3}){3}$|^\[?::\]?$/;

/** `HOST:PORT`, or a port alone; port 0 takes any free one. */
export function studioValue(): ValueParser<"sync", Address> {
  const usual = { hostname: "127.0.0.1", port: 8081 };
  return valueParser("[HOST:PORT]", usual, formatAddress, (text) => {
    const [, bracketed, name, portText] = STUDIO_ADDRESS.exec(text) ?? [];
    const port = Number(portText);
    if (ELSEWHERE.test(text)) {
      return {
        problem: message`${
          value(text)
        }: the studio is for this machine alone; give a port, or 127.0.0.1:PORT.`,
      };
    }
    if (!(port >= 0 && port <= 65_535)) {
      return { problem: message`${value(text)} is not HOST:PORT, such as 127.0.0.1:8081.` };
    }
    return { value: { hostname: bracketed ?? name ?? usual.hostname, port } };
  });
}

const MAX_RATE = 240;

/** Pictures in a second: a number, or a fraction such as 30000/1001. */
export function rateValue(): ValueParser<"sync", number> {
  return valueParser<number>("RATE", 25, String, (text) => {
    const [, over, under = "1"] = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? [];
    const rate = Number(over) / Number(under);
    if (rate > 0 && rate <= MAX_RATE) return { value: rate };
    return {
      problem: message`${value(text)} is no rate of pictures: give more than 0 and at most ${
        plain(String(MAX_RATE))
      } in a second, such as 15.`,
    };
  });
}

const [MIN_SIDE, MAX_SIDE] = [16, 7680];

/** `WIDTHxHEIGHT` in pixels. Video has a colour for each two by two of them, so both are even. */
export function sizeValue(): ValueParser<"sync", ScreenSize> {
  const format = ({ width, height }: ScreenSize) => `${width}x${height}`;
  return valueParser("WxH", { width: 1280, height: 720 }, format, (text) => {
    const [, width, height] = (/^(\d{1,5})x(\d{1,5})$/i.exec(text) ?? []).map(Number);
    const isSide = (side = 0) => side >= MIN_SIDE && side <= MAX_SIDE && side % 2 === 0;
    if (isSide(width) && isSide(height)) return { value: { width: width!, height: height! } };
    return {
      problem: message`${value(text)} is no size: write two even numbers from ${
        plain(String(MIN_SIDE))
      } to ${plain(String(MAX_SIDE))}, such as 1280x720.`,
    };
  });
}

const BITS = { "": 1, k: 1000, m: 1_000_000 } as const;
const [MIN_BITRATE, MAX_BITRATE] = [50_000, 100_000_000];

/** Bits per second: `1500000`, `1500k` or `1.5M`. */
export function bitrateValue(): ValueParser<"sync", number> {
  return valueParser<number>("BITRATE", 1_500_000, String, (text) => {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text) ?? [];
    const bitrate = Math.round(Number(number) * BITS[unit.toLowerCase() as keyof typeof BITS]);
    if (bitrate >= MIN_BITRATE && bitrate <= MAX_BITRATE) return { value: bitrate };
    return {
      problem: message`${
        value(text)
      } is no bitrate: write bits per second, from 50k to 100M, such as 1500k.`,
    };
  });
}

/** `Home x Away`. */
export function matchValue(): ValueParser<"sync", Match> {
  const format = ({ home, away }: Match) => `${home} x ${away}`;
  return valueParser("HOME x AWAY", { home: "Home", away: "Away" }, format, (text) => {
    const [home, away, ...rest] = text.split(/\s+x\s+/i).map((team) => team.trim());
    if (!home || !away || rest.length > 0) {
      return { problem: message`${value(text)} is not two teams: write "Home x Away".` };
    }
    if (!fitsTeamName(home) || !fitsTeamName(away)) {
      return {
        problem: message`A team's name has at most ${
          plain(String(MAX_TEAM_NAME_LENGTH))
        } characters.`,
      };
    }
    return { value: { home, away } };
  });
}

/** A point in time, or a duration from now. */
export type Moment = { readonly at: WallMillis } | { readonly after: Millis };

/** A date with an optional time and zone (ISO 8601); without a zone, this machine's zone is meant. */
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i;

/** `2026-05-01`, `2026-05-01T18:00`, `2026-05-01T18:00Z`, or a duration from now. */
export function momentValue(): ValueParser<"sync", Moment> {
  const format = (moment: Moment) =>
    "at" in moment ? new Date(moment.at).toISOString() : formatDuration(moment.after);
  return valueParser("TIME", { after: 0 }, format, (text) => {
    const after = parseDuration(text);
    if (after !== undefined) return { value: { after } };
    const [, date, time = "00:00", zone = ""] = MOMENT.exec(text.trim()) ?? [];
    const at = date === undefined ? NaN : Date.parse(`${date}T${time}${zone.toUpperCase()}`);
    if (Number.isFinite(at)) return { value: { at } };
    return {
      problem: message`${
        value(text)
      } is not a time: write 2026-05-01T18:00, or 3h for three hours from now.`,
    };
  });
}

/** The name of the person whom a token is for. */
export function tokenNameValue(): ValueParser<"sync", string> {
  return valueParser("NAME", "Ann", (name: string) => name, (text) => {
    const name = text.trim();
    if (v.is(passFields.name, name)) return { value: name };
    return {
      problem: message`A name has 1 to ${
        plain(String(MAX_TOKEN_NAME.length))
      } characters, none of them a control character.`,
    };
  });
}

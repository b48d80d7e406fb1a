import { CommandError, ExitCode } from "../../../../shared/core/errors.ts";
import { isNamedPipe } from "../../../../shared/system/files/named_pipe.ts";
import { plainText } from "../../../../shared/text/plain_text.ts";
import { isStandardInput, showLocation } from "../../io/bytes/location.ts";

/** A location of `--data`. */
export type DataLocation =
  | { readonly kind: "stdin" | "pipe" | "file"; readonly path: string }
  | { readonly kind: "http" | "websocket"; readonly url: URL }
  | BrokerLocation;

/** A server that is named by host and port. */
export interface BrokerLocation {
  readonly kind: "mqtt" | "nats" | "zmq";
  readonly hostname: string;
  readonly port: number;
  /** Topic or subject; empty for ZeroMQ. */
  readonly subject: string;
  readonly user?: string;
  readonly password?: string;
}

const PROTOCOLS = {
  "http:": "http",
  "https:": "http",
  "ws:": "websocket",
  "wss:": "websocket",
  "mqtt:": "mqtt",
  "nats:": "nats",
  "zmq+tcp:": "zmq",
} as const;
const DEFAULT_PORTS = { mqtt: 1883, nats: 4222, zmq: undefined } as const;
const FORMS = "a file, -, http(s)://, ws(s)://, mqtt://HOST[:PORT]/TOPIC, " +
  "nats://HOST[:PORT]/SUBJECT or zmq+tcp://HOST:PORT";

/** @throws CommandError when the location has none of the forms. */
export function parseDataLocation(location: string): DataLocation {
  if (isStandardInput(location)) return { kind: "stdin", path: location };
  const protocol = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(location)?.[0].toLowerCase();
  if (protocol === undefined) {
    return { kind: isNamedPipe(location) ? "pipe" : "file", path: location };
  }
  if (!Object.hasOwn(PROTOCOLS, protocol)) {
    throw dataError(location, `has an unknown kind of address; give ${FORMS}`, ExitCode.usage);
  }
  const kind = PROTOCOLS[protocol as keyof typeof PROTOCOLS];
  if (kind === "http" || kind === "websocket") return { kind, url: parseUrl(location, location) };
  return parseBroker(kind, location);
}

/** A topic of MQTT may have `#` and `+`, which mean something else in a URL, so the path is cut off before. */
function parseBroker(kind: "mqtt" | "nats" | "zmq", location: string): DataLocation {
  const [, authority, path = ""] = /^[^/]+\/\/([^/]*)(?:\/(.*))?$/s.exec(location)!;
  // The protocols of URL that are not http's keep no default port and no case of the host.
  const { hostname, port, username, password } = parseUrl(`http://${authority}`, location);
  const given = /:(\d+)$/.exec(authority!)?.[1] ?? port;
  const chosen = given === "" ? DEFAULT_PORTS[kind] : Number(given);
  if (chosen === undefined) {
    throw dataError(location, "needs a port: write zmq+tcp://HOST:PORT", ExitCode.usage);
  }
  const subject = decode(path);
  if (kind === "zmq" ? subject !== "" : subject === "") {
    const problem = kind === "zmq"
      ? "has a path; write zmq+tcp://HOST:PORT"
      : kind === "mqtt"
      ? "needs a topic: write mqtt://HOST/TOPIC"
      : "needs a subject: write nats://HOST/SUBJECT";
    throw dataError(location, problem, ExitCode.usage);
  }
  if (kind === "nats" && /[\s]/.test(subject)) {
    throw dataError(location, "has a subject with a space; NATS allows none", ExitCode.usage);
  }
  return {
    kind,
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: chosen,
    subject,
    ...(username !== "" && { user: decode(username) }),
    ...(password !== "" && { password: decode(password) }),
  };
}

function parseUrl(text: string, location: string): URL {
  const url = URL.parse(text);
  if (!url || url.hostname === "") {
    throw dataError(
      location,
      "is no address; write / ? # in a password as %2F %3F %23",
      ExitCode.usage,
    );
  }
  return url;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The error about the location of `--data`; `problem` is the end of the sentence. */
export function dataError(
  location: string,
  problem: string,
  exitCode: ExitCode = ExitCode.failure,
): CommandError {
  return new CommandError(exitCode, `${nameOf(location)} ${problem}`);
}

/** The location as a message names it, with its flag: in quotes, or "standard input". */
export function nameOf(location: string): string {
  const text = showDataLocation(location);
  return `--data ${isStandardInput(location) ? text : `"${text}"`}`;
}

/** The location as people see it, without user and password. */
export function showDataLocation(location: string): string {
  const [, protocol, authority, subject] =
    /^((?:mqtt|nats):)\/\/([^/]*)\/([^@]*)$/is.exec(location) ?? [];
  if (protocol === undefined) return showLocation(location);
  // A topic of MQTT may have a #, which would be left out of a URL.
  return `${protocol}//${authority!.replace(/^.*@/s, "")}/${plainText(subject!)}`;
}

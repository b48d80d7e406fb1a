import type { RefusedSend } from "./socket.ts";

/**
 * Why the system refused to send a copy, by the names of POSIX: no room (EAGAIN, ENOBUFS, ENOMEM), longer than the
 * path or the family takes (EMSGSIZE), a firewall (EPERM, EACCES), no way there (ENETUNREACH, EHOSTUNREACH, ENETDOWN),
 * an earlier copy was not wanted (ECONNREFUSED), or no address to send to (EINVAL, EADDRNOTAVAIL, EAFNOSUPPORT).
 * `closed`: the socket. `other`: anything else.
 */
export type SendErrorName =
  | "EAGAIN"
  | "ENOBUFS"
  | "ENOMEM"
  | "EMSGSIZE"
  | "EPERM"
  | "EACCES"
  | "ENETUNREACH"
  | "EHOSTUNREACH"
  | "ENETDOWN"
  | "ECONNREFUSED"
  | "EINVAL"
  | "EADDRNOTAVAIL"
  | "EAFNOSUPPORT"
  | "closed"
  | "other";

/** The numbers of Linux, macOS and Windows; those of one that are other errors of another never come from sending. */
const NUMBERS: Readonly<Record<Exclude<SendErrorName, "closed" | "other">, readonly number[]>> = {
  EAGAIN: [11, 35, 10_035],
  ENOBUFS: [105, 55, 10_055],
  ENOMEM: [12],
  EMSGSIZE: [90, 40, 10_040],
  EPERM: [1],
  EACCES: [13, 10_013],
  ENETUNREACH: [101, 51, 10_051],
  EHOSTUNREACH: [113, 65, 10_065],
  ENETDOWN: [100, 50, 10_050],
  ECONNREFUSED: [111, 61, 10_054, 10_061],
  EINVAL: [22, 10_022],
  EADDRNOTAVAIL: [99, 49, 10_049],
  EAFNOSUPPORT: [97, 47, 10_047],
};
const NAMES: ReadonlyMap<number, SendErrorName> = new Map(
  Object.entries(NUMBERS).flatMap(([name, numbers]) =>
    numbers.map((number) => [number, name as SendErrorName])
  ),
);

/** The name of the error of a copy, whose message ends as the runtime writes it: `(os error 90)`. */
export function sendErrorName({ error }: Pick<RefusedSend, "error">): SendErrorName {
  if (!(error instanceof Error)) return "other";
  const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
  if (number !== undefined) return NAMES.get(Number(number)) ?? "other";
  return error.name === "BadResource" || error.name === "Interrupted" ? "closed" : "other";
}

import { joinCommand } from "../../shared/admission/join_command.ts";
import { formatAddress } from "../../shared/driver/socket.ts";
import type { BroadcastReady, JoinWay } from "../broadcast/broadcast.ts";
import type { Reach } from "../broadcast/join_addresses.ts";

/** Of `view`, when it is given no other. */
const DEFAULT_PORT = 5004;
/** More addresses would be of no use in a terminal. */
const MOST_OTHERS = 4;

type Place = Reach | "phone" | "others";

const PLACES: Readonly<Record<Place, string>> = {
  anywhere: "from outside",
  network: "in this network",
  machine: "on this machine",
  phone: "on a phone",
  others: "other addresses",
};
const WIDTH = Math.max(...Object.values(PLACES).map((place) => place.length)) + 2;

/**
 * How listeners come in, a line for each place: the command that joins from there, since no address serves all of
 * them. Who can't reach an address may try another one, with the same token.
 */
export function joinLines({ ways, port }: Pick<BroadcastReady, "ways" | "port">): string[] {
  const [outside, inside] = [firstOf(ways, "anywhere"), firstOf(ways, "network")];
  const others = ways
    .filter((way) => way !== outside && way !== inside && way.address.reach !== "machine")
    .slice(0, MOST_OTHERS)
    .map(({ address }) => formatAddress(address));
  return [
    ...(outside ? [line("anywhere", joinCommand("listen", outside.link))] : []),
    ...(inside ? [line("network", joinCommand("listen", inside.link))] : []),
    line("machine", onThisMachine(outside ?? inside, ways, port)),
    ...(outside || inside ? [line("phone", howOnPhone(port))] : []),
    ...(others.length > 0 ? [line("others", others.join(", "))] : []),
    ...(inside && !outside ? [line("anywhere", howToLetIn(port))] : []),
  ];
}

/** Whether there is an address for other machines, and so a use for a code that one of them scans. */
export function isForOthers({ ways }: Pick<BroadcastReady, "ways">): boolean {
  return ways.some(({ address }) => address.reach !== "machine");
}

/** Who runs the host needs no link on its machine; other users do, so it is shown where no other line has one. */
function onThisMachine(
  other: JoinWay | undefined,
  ways: BroadcastReady["ways"],
  port: number,
): string {
  const only = other ? undefined : firstOf(ways, "machine");
  return only ? joinCommand("listen", only.link) : `streamer listen --port ${port}`;
}

/** A phone can't run the program, but opens a page of it. */
function howOnPhone(port: number): string {
  const portFlag = port === DEFAULT_PORT ? "" : ` --port ${port}`;
  return `scan the code of: streamer view --http 0.0.0.0:8080${portFlag}`;
}

function howToLetIn(port: number): string {
  return `forward UDP port ${port} to here, add --advertise HOST`;
}

function firstOf(ways: BroadcastReady["ways"], reach: Reach): JoinWay | undefined {
  return ways.find(({ address }) => address.reach === reach);
}

function line(place: Place, text: string): string {
  return `${PLACES[place].padEnd(WIDTH)}${text}`;
}

import { addressKey } from "../../shared/driver/socket.ts";
import type { GroupEpoch } from "../../shared/secrecy/group_epoch.ts";
import type { VirtualHost } from "../fakes/virtual_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import type { VirtualWorld } from "../fakes/virtual_world.ts";

/** A datagram on the network; addresses as {@linkcode addressKey} writes them. */
export interface Tapped {
  readonly datagram: Uint8Array<ArrayBuffer>;
  readonly from: string;
  readonly to: string;
}

/** Captures every datagram from now on. */
export function tap(world: VirtualWorld): readonly Tapped[] {
  const sent: Tapped[] = [];
  world.net.watch((datagram, from, to) =>
    void sent.push({ datagram: datagram.slice(), from: addressKey(from), to: addressKey(to) })
  );
  return sent;
}

export function isMedia({ datagram }: Tapped): boolean {
  return datagram[0]! >= 128 && (datagram[1]! < 192 || datagram[1]! > 223);
}

/** The keys of all epochs that were in use, as the host made them. */
export function epochsOf(host: VirtualHost): GroupEpoch[] {
  return [...host.epochs.values()];
}

export function junkOf(world: VirtualWorld, listener: VirtualListener): Record<string, number> {
  return { ...world.ledger(listener).junk };
}

import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import type { Session } from "../sessions/sessions.ts";

const encoder = new TextEncoder();
/** Keeps the hash apart from any other use of the secret. */
const PURPOSE = encoder.encode("streamer reporter\u0000");
const ID_BYTES = 8;

/**
 * Says who reports: the same text for all sessions of one person, so that nobody has two votes. With a signed token it
 * is the person that the token names, or the token; a token of several seats is as many reporters. Else it is the
 * listener's program, as long as it runs.
 */
export class ReporterIdentities {
  readonly #ciphers: Pick<Ciphers, "sha256"> | undefined;
  /** The seats that reporters have taken, from 0 on, by the token's id. */
  readonly #seats = new Map<string, Map<number, Session>>();
  readonly #known = new WeakMap<Session, string>();

  /** @param ciphers absent when the broadcast is not encrypted. */
  constructor(ciphers: Pick<Ciphers, "sha256"> | undefined) {
    this.#ciphers = ciphers;
  }

  of(session: Session): string {
    const known = this.#known.get(session) ?? this.#find(session);
    this.#known.set(session, known);
    return known;
  }

  /** The session has ended, and its seat is free. */
  forget(session: Session): void {
    const { pass } = session;
    const seats = pass && this.#seats.get(pass.id);
    for (const [seat, taker] of seats ?? []) if (taker === session) seats?.delete(seat);
    if (pass && seats?.size === 0) this.#seats.delete(pass.id);
  }

  #find(session: Session): string {
    const { pass, admission: { resume }, clientId } = session;
    if (pass?.person !== undefined) return pass.person;
    if (pass) return pass.seats === 1 ? pass.id : `${pass.id}/${this.#takeSeat(session, pass.id)}`;
    if (resume === undefined || !this.#ciphers) return clientId;
    return this.#ciphers.sha256(PURPOSE, encoder.encode(resume)).subarray(0, ID_BYTES).toHex();
  }

  /** The lowest free one: whoever comes back has the same seat again, or that of somebody who has left. */
  #takeSeat(session: Session, passId: string): number {
    const seats = this.#seats.get(passId) ?? new Map<number, Session>();
    this.#seats.set(passId, seats);
    let seat = 0;
    while (seats.has(seat)) seat++;
    seats.set(seat, session);
    return seat;
  }
}

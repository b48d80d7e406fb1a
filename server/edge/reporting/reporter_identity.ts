import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import type { Session } from "../sessions/sessions.ts";

const encoder = new TextEncoder();
/** Keeps the hash apart from any other use of the secret. */
const PURPOSE = encoder.encode("streamer reporter\u0000");
const ID_BYTES = 8;

/** Who a session is, as long as it has this token. */
interface Known {
  readonly passId: string | undefined;
  readonly reporter: string;
  /** Absent where the token has one seat, or names a person. */
  readonly seat?: number;
}

/**
 * Says who reports: the same text for all sessions of one person, so that nobody has two votes. With a signed token it
 * is the person that the token names, or the token; a token of several seats is as many reporters. Else it is the
 * listener's program, as long as it runs.
 */
export class ReporterIdentities {
  readonly #ciphers: Pick<Ciphers, "sha256"> | undefined;
  /** The seats that reporters have taken, from 0 on, by the token's id. */
  readonly #seats = new Map<string, Set<number>>();
  readonly #known = new WeakMap<Session, Known>();

  /** @param ciphers absent when the broadcast is not encrypted. */
  constructor(ciphers: Pick<Ciphers, "sha256"> | undefined) {
    this.#ciphers = ciphers;
  }

  of(session: Session): string {
    const known = this.#known.get(session);
    if (known && known.passId === session.pass?.id) return known.reporter;
    // It has joined again with another token.
    this.forget(session);
    const found = this.#find(session);
    this.#known.set(session, found);
    return found.reporter;
  }

  /** The session has ended, and its seat is free. */
  forget(session: Session): void {
    const { passId = "", seat } = this.#known.get(session) ?? {};
    this.#known.delete(session);
    const seats = this.#seats.get(passId);
    if (seat !== undefined) seats?.delete(seat);
    if (seats?.size === 0) this.#seats.delete(passId);
  }

  #find(session: Session): Known {
    const { pass, admission: { resume }, clientId } = session;
    const passId = pass?.id;
    if (pass?.person !== undefined) return { passId, reporter: pass.person };
    if (pass?.seats === 1) return { passId, reporter: pass.id };
    if (pass) {
      const seat = this.#takeSeat(pass.id);
      return { passId, reporter: `${pass.id}/${seat}`, seat };
    }
    return { passId, reporter: this.#programOf(resume) ?? clientId };
  }

  /** The secret itself is nobody's but the listener's and this host's. */
  #programOf(resume: string | undefined): string | undefined {
    if (resume === undefined || !this.#ciphers) return undefined;
    return this.#ciphers.sha256(PURPOSE, encoder.encode(resume)).subarray(0, ID_BYTES).toHex();
  }

  /** The lowest free one: whoever comes back has the same seat again, or that of somebody who has left. */
  #takeSeat(passId: string): number {
    const seats = this.#seats.get(passId) ?? new Set<number>();
    this.#seats.set(passId, seats);
    let seat = 0;
    while (seats.has(seat)) seat++;
    seats.add(seat);
    return seat;
  }
}

import type { Millis } from "../../../shared/core/units.ts";
import { formatAddress } from "../../../shared/driver/socket.ts";
import {
  MAX_LISTENERS_SHOWN,
  type StudioListener,
  type StudioListeners,
} from "../../../shared/studio/studio_messages.ts";
import { plainText } from "../../../shared/text/plain_text.ts";
import type { ListenerChannelRow, ListenerRow } from "../../interface/listener_row.ts";

/** Who listens, as the host's core said last. */
export class ListenerTable {
  readonly #capacity: number;
  #rows: readonly ListenerRow[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  set rows(rows: readonly ListenerRow[]) {
    this.#rows = rows;
  }

  find(id: string): ListenerRow | undefined {
    return this.#rows.find((row) => row.id === id);
  }

  /** For the pages, who can show no more than some hundred rows. */
  describe(): StudioListeners {
    return {
      kind: "listeners",
      total: this.#rows.length,
      capacity: this.#capacity,
      rows: this.#rows.slice(0, MAX_LISTENERS_SHOWN).map(describe),
    };
  }
}

function describe(row: ListenerRow): StudioListener {
  const { id, address, name, tokenName, tokenId, age, roundTrip, latency, channels } = row;
  return {
    id,
    address: formatAddress(address),
    ...shown({ name, tokenName }),
    hasOwnToken: tokenId !== undefined,
    ageMillis: atLeastZero(age),
    ...(roundTrip !== undefined && { roundTripMillis: atLeastZero(roundTrip) }),
    ...(latency !== undefined && { latencyMillis: atLeastZero(latency) }),
    lossPercent: Object.fromEntries(channels.map(percentLost)),
  };
}

/** A stranger chose them: without what turns the direction of the text around them, such as the question to put out. */
function shown(
  names: Pick<ListenerRow, "name" | "tokenName">,
): Pick<StudioListener, "name" | "tokenName"> {
  const plain = Object.entries(names).map(([key, text]) => [key, plainText(text ?? "").trim()]);
  return Object.fromEntries(plain.filter(([, text]) => text !== ""));
}

function percentLost({ channel, fractionLost }: ListenerChannelRow): [string, number] {
  return [channel, Math.min(Math.max(fractionLost, 0), 1) * 100];
}

/** The clocks of two machines may differ by a little more than what lies between two moments. */
function atLeastZero(millis: Millis): Millis {
  return Math.max(0, millis);
}

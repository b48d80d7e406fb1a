import * as v from "valibot";
import { fitsTeamName } from "../../../../shared/admission/admission.ts";
import type { BroadcastSettings, HostKeys } from "../broadcast_store.ts";

/** What the one row of the table `broadcast` holds. */
export interface BroadcastRow {
  readonly broadcastId: string;
  readonly settings: BroadcastSettings;
  readonly keys?: HostKeys;
}

/** Of either key, in bytes: the seed that it is made of. */
const SEED_BYTES = 32;

const teamName = v.nullable(v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check(fitsTeamName),
));
const seed = v.nullable(v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.length === SEED_BYTES),
));

const schema = v.pipe(
  v.object({
    broadcast_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
    home: teamName,
    away: teamName,
    token: v.nullable(v.pipe(v.string(), v.nonEmpty())),
    seed: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    exchange_key: seed,
    signing_key: seed,
  }),
  v.forward(v.check(({ home, away }) => (home === null) === (away === null)), ["away"]),
  v.forward(
    v.check(({ exchange_key, signing_key }) => (exchange_key === null) === (signing_key === null)),
    ["signing_key"],
  ),
);

/** @returns what the row says, or the name of the column that no host has written so. */
export function readBroadcastRow(
  row: unknown,
): { readonly value: BroadcastRow } | { readonly column: string } {
  const result = v.safeParse(schema, row);
  if (!result.success) {
    return { column: String(v.getDotPath(result.issues[0]) ?? "broadcast") };
  }
  const { broadcast_id, home, away, token, seed, exchange_key, signing_key } = result.output;
  return {
    value: {
      broadcastId: broadcast_id,
      settings: {
        ...(home !== null && away !== null && { match: { home, away } }),
        ...(token !== null && { token }),
        ...(seed !== null && { seed }),
      },
      ...(exchange_key && signing_key &&
        { keys: { exchange: exchange_key, signing: signing_key } }),
    },
  };
}

import type { WallMillis } from "../../shared/core/units.ts";
import { stateOf, type TokenEntry } from "../tokens/token_register.ts";

/** One token as scripts get it; never the token itself. */
export function tokenLine(entry: TokenEntry, now: WallMillis): object {
  const { id, name, role, seats, issuedAt, notBefore, expiresAt, revokedAt } = entry;
  const times = { issuedAt, notBefore, expiresAt, revokedAt };
  return { kind: "token", id, name, role, seats, state: stateOf(entry, now), ...times };
}

/** Aligned columns for people; times are this machine's. */
export function formatTokenTable(tokens: readonly TokenEntry[], now: WallMillis): string {
  const rows = [
    ["Name", "Role", "Seats", "State", "From", "Until", "Id"],
    ...tokens.map((entry) => [
      ...[entry.name, entry.role, String(entry.seats), stateOf(entry, now)],
      ...[formatTime(entry.notBefore ?? entry.issuedAt), formatTime(entry.expiresAt), entry.id],
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    `${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()}\n`
  ).join("");
}

/** `2026-05-01 18:00:00` in the time zone of this machine. */
function formatTime(at: WallMillis | undefined): string {
  // Swedish writes dates as ISO 8601 does.
  return at === undefined ? "-" : new Date(at).toLocaleString("sv-SE");
}

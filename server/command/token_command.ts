import type { InferValue } from "@optique/core/parser";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import type { Machine, Terminal } from "../../shared/driver/machine.ts";
import type { Rng } from "../../shared/core/rng.ts";
import type { WallMillis } from "../../shared/core/units.ts";
import { MAX_TOKEN_BYTES } from "../../shared/admission/admission.ts";
import type { Moment } from "./argument_values.ts";
import {
  changeTokenRegister,
  makeTokenRegister,
  readTokenRegister,
} from "../tokens/io/token_file.ts";
import type { tokenArguments } from "./token_arguments.ts";
import {
  findTokens,
  MAX_TOKENS,
  publicPart,
  revokeTokens,
  serializeTokenRegister,
  stateOf,
  type TokenEntry,
  type TokenRegister,
} from "../tokens/token_register.ts";
import { displayWidth, padDisplay } from "../../shared/text/display_width.ts";
import { signToken } from "../tokens/token_signing.ts";

export type TokenOptions = InferValue<typeof tokenArguments>;
type Make = Extract<TokenOptions, { action: "make" }>;
type Revoke = Extract<TokenOptions, { action: "revoke" }>;

const ID_BYTES = 8;

/**
 * `streamer token`: makes, lists and revokes tokens.
 *
 * @throws CommandError when the file can't be used, or the options make no sense.
 */
export async function manageTokens(
  options: TokenOptions,
  { wallClock, rng }: Pick<Machine, "wallClock" | "rng">,
  terminal: Terminal,
): Promise<ExitCode> {
  const now = wallClock.now();
  switch (options.action) {
    case "make":
      await makeToken(options, rng, now, terminal);
      break;
    case "list":
      await listTokens(options, now, terminal);
      break;
    case "revoke":
      await revoke(options, now, terminal);
      break;
    case "export": {
      const register = await readTokenRegister(options.tokens);
      terminal.out(serializeTokenRegister(publicPart(register)));
    }
  }
  return ExitCode.done;
}

/** Stores the token before it is printed, so that every printed token can be revoked. */
async function makeToken(
  options: Make,
  rng: Rng,
  now: WallMillis,
  terminal: Terminal,
): Promise<void> {
  const entry = describeToken(options, rng, now);
  let token = "";
  await changeTokenRegister(options.tokens, async (register) => {
    token = await signToken(entry, assertIssuer(options.tokens, register));
    if (token.length > MAX_TOKEN_BYTES) throw usage("--name is too long for a token: shorten it");
    return { ...register, tokens: [...register.tokens, entry] };
  }, makeTokenRegister);
  terminal.out(`${token}\n`);
}

function describeToken(
  { name, seats, role, notBefore: begin, expires: end }: Make,
  rng: Rng,
  now: WallMillis,
): TokenEntry {
  const notBefore = begin && momentAt(begin, now);
  const expiresAt = end && momentAt(end, now);
  if (expiresAt !== undefined && expiresAt <= now) throw usage("--expires is in the past");
  if (expiresAt !== undefined && notBefore !== undefined && expiresAt <= notBefore) {
    throw usage("--expires is not after --not-before");
  }
  return {
    id: rng.bytes(ID_BYTES).toHex(),
    name,
    role,
    seats,
    issuedAt: Math.round(now),
    ...(notBefore !== undefined && { notBefore }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/** Rounded to whole milliseconds, which survive the conversion to a JWT's seconds and back. */
function momentAt(moment: Moment, now: WallMillis): WallMillis {
  return Math.round("after" in moment ? now + moment.after : moment.at);
}

function assertIssuer(path: string, register: TokenRegister): TokenRegister {
  if (register.privateKey === undefined) {
    throw usage(`--tokens ${path} is a host's copy and can't make tokens: use the original file`);
  }
  if (register.tokens.length >= MAX_TOKENS) {
    throw usage(`--tokens ${path} is full: use another file`);
  }
  return register;
}

async function listTokens(
  { tokens: path, json }: Extract<TokenOptions, { action: "list" }>,
  now: WallMillis,
  terminal: Terminal,
): Promise<void> {
  const { tokens } = await readTokenRegister(path);
  if (json) {
    for (const entry of tokens) terminal.out(formatJsonLine(tokenLine(entry, now)));
  } else {
    const width = terminal.isTerminal ? terminal.columns() || undefined : undefined;
    terminal.out(
      tokens.length === 0 ? "There are no tokens yet\n" : formatTokenTable(tokens, now, width),
    );
  }
}

async function revoke({ tokens, nameOrId }: Revoke, now: WallMillis, terminal: Terminal) {
  let found: readonly TokenEntry[] = [];
  await changeTokenRegister(tokens, (register) => {
    found = findTokens(register, nameOrId);
    if (found.length > 0) return revokeTokens(register, nameOrId, Math.round(now));
    const text = `--tokens ${tokens} has no token of that name or id: see streamer token list`;
    throw new CommandError(ExitCode.failure, text);
  });
  for (const { id, name, revokedAt } of found) {
    const what = revokedAt === undefined ? "Revoked" : "Already revoked before:";
    terminal.out(`${what} ${name} (${id})\n`);
  }
}

function usage(text: string): CommandError {
  return new CommandError(ExitCode.usage, text);
}

/** The line of one token for scripts; the token itself is left out. */
function tokenLine(entry: TokenEntry, now: WallMillis): object {
  const { id, name, role, seats, issuedAt, notBefore, expiresAt, revokedAt } = entry;
  const times = { issuedAt, notBefore, expiresAt, revokedAt };
  return { kind: "token", id, name, role, seats, state: stateOf(entry, now), ...times };
}

/** Between the columns of the table. */
const GAP = "  ";

/**
 * A table for people; times are in the zone of this machine. Where it is too wide, the times and the id of each token
 * have a line of their own.
 *
 * @param width in columns.
 */
export function formatTokenTable(
  tokens: readonly TokenEntry[],
  now: WallMillis,
  width = Infinity,
): string {
  const head = ["Name", "Role", "Seats", "State", "From", "Until", "Id"];
  const cells = tokens.map((entry) => cellsOf(entry, now));
  const whole = alignColumns([head, ...cells]);
  if (whole.every((line) => displayWidth(line) <= width)) return `${whole.join("\n")}\n`;
  const [first, ...others] = alignColumns([head, ...cells].map((row) => row.slice(0, 4)));
  const blocks = others.map((line, index) => {
    const [, , , , from, until, id] = cells[index]!;
    return [line, ...[`from ${from}`, `until ${until}`, `id ${id}`].map((text) => GAP + text)];
  });
  return `${[first, ...blocks.flat()].join("\n")}\n`;
}

function cellsOf(entry: TokenEntry, now: WallMillis): string[] {
  const { name, role, seats, notBefore, issuedAt, expiresAt, id } = entry;
  const [from, until] = [notBefore ?? issuedAt, expiresAt].map(formatTime);
  return [name, role, String(seats), stateOf(entry, now), from!, until!, id];
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => displayWidth(row[column]!)))
  );
  return rows.map((row) =>
    row.map((cell, column) => padDisplay(cell, widths[column]!)).join(GAP).trimEnd()
  );
}

/** `2026-05-01 18:00:00 +02:00`, in the time zone of this machine. */
export function formatTime(at: WallMillis | undefined): string {
  if (at === undefined) return "-";
  const time = new Date(at);
  const minutes = -time.getTimezoneOffset();
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    .map((part) => String(part).padStart(2, "0"));
  // In Swedish, dates are written as in ISO 8601.
  return `${time.toLocaleString("sv-SE")} ${minutes < 0 ? "-" : "+"}${hours}:${rest}`;
}

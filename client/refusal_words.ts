import { CommandError, ExitCode } from "../shared/core/errors.ts";
import { type Address, formatAddress } from "../shared/core/socket.ts";
import { RejectCode } from "../shared/wire/admission.ts";
import type { ListenerSummary } from "./session.ts";

const REFUSALS: Readonly<Record<number, string>> = {
  [RejectCode.unauthorized]:
    "does not know this token: use the join link that its host printed, or its --token",
  [RejectCode.overload]: "is full: try again when somebody has left, or ask for more --capacity",
  [RejectCode.forbidden]: "does not let you in: ask the host",
  [RejectCode.noSuchBroadcast]: "has no such broadcast: check the link",
  [RejectCode.joinedElsewhere]: "has you in from another place: end that one first",
  [RejectCode.expired]: "let this token expire: ask the host for a new link",
  [RejectCode.version]: "speaks another version: use the same release of streamer at both ends",
};

/** The one line for an end that was not meant to be; undefined when all went well. */
export function explainEnd(
  { reason, code, ledger }: ListenerSummary,
  server: Address,
): CommandError | undefined {
  const where = formatAddress(server);
  if (reason === "rejected") {
    const what = REFUSALS[code ?? 0] ?? "does not let you in: ask the host";
    return new CommandError(ExitCode.rejected, `${where} ${what} (code ${code})`);
  }
  if (reason !== "timeout") return undefined;
  const wasIn = ledger.channels.length > 0;
  const what = wasIn
    ? `Lost ${where} and did not find it again: listen anew once it is back`
    : `No answer from ${where}: check that streamer serve runs there and that UDP port ${server.port} gets through`;
  return new CommandError(ExitCode.noAnswer, what);
}

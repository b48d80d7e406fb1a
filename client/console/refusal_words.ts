import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { formatDuration } from "../../shared/text/duration.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import { RejectCode } from "../../shared/admission/admission.ts";
import type { HostRefusal } from "../interface/output.ts";
import { plainText } from "../../shared/text/plain_text.ts";
import type { ListenerSummary } from "../session/session.ts";

const MAX_QUOTE_LENGTH = 200;
const REFUSALS: Readonly<Record<number, string>> = {
  [RejectCode.unauthorized]:
    "does not accept this token: use the join link that the host printed, or the token that you were given",
  [RejectCode.overload]:
    "has no free place: try again later, or ask the host for a higher --capacity or --seats",
  [RejectCode.forbidden]: "rejects you: ask the host",
  [RejectCode.noSuchBroadcast]: "has no such broadcast: check the link",
  [RejectCode.joinedElsewhere]: "already has a session of yours; close it first",
  [RejectCode.expired]: "says that this token has expired: ask the host for a new link",
  [RejectCode.version]:
    "uses another protocol version: use the same release of streamer at both ends",
};

/** The error of a session that was rejected, got no answer or lost the host; undefined when all went well. */
export function explainEnd(
  { reason, code, refusal, metForeignKey, ledger }: ListenerSummary,
  server: Address,
): CommandError | undefined {
  const where = formatAddress(server);
  if (reason === "rejected") {
    const said = quoteHost(refusal);
    const text = `${where} ${describeRefusal(code, refusal)} (code ${code}${said && `: ${said}`})`;
    return new CommandError(ExitCode.rejected, text);
  }
  if (reason !== "timeout") return undefined;
  if (metForeignKey) {
    const text =
      `${where} has another key than the join link: it was restarted, or it is an impostor; ` +
      "ask the host for its new link";
    return new CommandError(ExitCode.noAnswer, text);
  }
  const hasJoined = ledger.channels.length > 0;
  const what = hasJoined
    ? `Lost the connection to ${where}: start listen again when the host is back`
    : `No answer from ${where}: check that streamer serve runs there, and that no firewall blocks UDP port ${server.port}`;
  return new CommandError(ExitCode.noAnswer, what);
}

function describeRefusal(code: number | undefined, refusal: HostRefusal | undefined): string {
  const { retryAfterMillis = 0 } = refusal ?? {};
  if (code === RejectCode.forbidden && retryAfterMillis > 0) {
    const wait = formatDuration(Math.ceil(retryAfterMillis / 1000) * 1000);
    return `does not accept this token yet: try again in ${wait}`;
  }
  return REFUSALS[code ?? 0] ?? "rejects you: ask the host";
}

/** The reason in the host's own words, made safe for one line. */
function quoteHost(refusal: HostRefusal | undefined): string {
  return plainText(refusal?.reason ?? "").trim().slice(0, MAX_QUOTE_LENGTH);
}

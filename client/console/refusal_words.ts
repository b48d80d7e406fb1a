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
    "does not know this token: use the join link that its host printed, or the token that it gave you",
  [RejectCode.overload]:
    "has no place for you now: try again when somebody has left, or ask the host for more --capacity or --seats",
  [RejectCode.forbidden]: "does not let you in: ask the host",
  [RejectCode.noSuchBroadcast]: "has no such broadcast: check the link",
  [RejectCode.joinedElsewhere]: "has you in from another place: end that one first",
  [RejectCode.expired]: "let this token expire: ask the host for a new link",
  [RejectCode.version]: "speaks another version: use the same release of streamer at both ends",
};

/** The one line for an end that was not meant to be; undefined when all went well. */
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
    const text = `${where} has another key than the join link: it restarted, or is not the host; ` +
      "ask the host for its new link";
    return new CommandError(ExitCode.noAnswer, text);
  }
  const wasIn = ledger.channels.length > 0;
  const what = wasIn
    ? `Lost ${where} and did not find it again: listen anew once it is back`
    : `No answer from ${where}: check that streamer serve runs there and that UDP port ${server.port} gets through`;
  return new CommandError(ExitCode.noAnswer, what);
}

function describeRefusal(code: number | undefined, refusal: HostRefusal | undefined): string {
  const { retryAfterMillis = 0 } = refusal ?? {};
  if (code === RejectCode.forbidden && retryAfterMillis > 0) {
    const wait = formatDuration(Math.ceil(retryAfterMillis / 1000) * 1000);
    return `does not let you in yet: try again in ${wait}`;
  }
  return REFUSALS[code ?? 0] ?? "does not let you in: ask the host";
}

/** What the host itself gives as the reason, fit for one line. */
function quoteHost(refusal: HostRefusal | undefined): string {
  return plainText(refusal?.reason ?? "").trim().slice(0, MAX_QUOTE_LENGTH);
}

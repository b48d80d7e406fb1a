import type { Connection } from "../../../shared/page/page.ts";

/** What the page says when there is nothing more to come: what happened, and what to do. */
export interface EndWords {
  readonly title: string;
  /** "" when nothing can be done, or need be. */
  readonly advice: string;
}

/** By RejectCode; the host's own words follow. */
const REFUSALS: Readonly<Record<number, string>> = {
  1401: "Ask the host for a new link.",
  1402: "It has no free place: try again later.",
  1403: "Ask the host why.",
  1404: "There is no such broadcast: check the link.",
  1409: "You listen from another place already: close that first.",
  1410: "This link has expired: ask the host for a new one.",
  1505: "It has another release of Streamer: use the same at both ends.",
};

/** Whether nothing more comes, whatever becomes of the connection to the viewer. */
export function isEnd(connection: Connection | null): connection is Connection {
  return connection?.state === "ended" || connection?.state === "rejected";
}

/**
 * The words for the end; undefined before it.
 *
 * @param hasListened whether the host had let this listener in.
 */
export function endWords(
  connection: Connection | null,
  hasListened: boolean,
): EndWords | undefined {
  if (!isEnd(connection)) return undefined;
  if (connection.state === "rejected") return refusalWords(connection, hasListened);
  switch (connection.end) {
    case "interrupted":
      return { title: "The viewer was stopped", advice: "Start it again to go on." };
    case "duration":
      return {
        title: "The viewer's time is over",
        advice: "It was started with --duration: start it again to go on.",
      };
    case "timeout":
      return hasListened
        ? { title: "The host no longer answers", advice: "Start the viewer again when it is back." }
        : { title: "The host does not answer", advice: "Check the link, and that the host runs." };
    default:
      return { title: connection.reason || "The broadcast is over", advice: "" };
  }
}

function refusalWords({ code, reason }: Connection, hasListened: boolean): EndWords {
  const title = hasListened ? "The host has ended your session" : "The host did not let you in";
  const advice = REFUSALS[code ?? 0] ?? "Ask the host why.";
  return { title, advice: reason === "" ? advice : `${advice} The host says: ${reason}.` };
}

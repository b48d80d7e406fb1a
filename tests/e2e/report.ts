import type { JsonLine, Streamer } from "./streamer.ts";

/** Reports something, now unless it says when, and waits for the host's answer. */
export async function report(
  listener: Streamer,
  event: Record<string, unknown>,
): Promise<JsonLine> {
  await listener.write(`${JSON.stringify({ time: Date.now(), ...event })}\n`);
  return await listener.line(
    "report",
    ({ reportId, state }) => reportId === event.id && state !== "sent",
  );
}

import assert from "node:assert/strict";
import { scene } from "../scenes.ts";
import { acceptInfo, audioChannel, eventsChannel } from "../scripted_host.ts";

/** A listener that lacks 640 past events of a channel that ends; nothing answers its requests. */
function ended() {
  const listening = scene();
  const events = eventsChannel(0, { nextSequence: 640 });
  listening.join(acceptInfo(0, { channels: [audioChannel(0), events] }));
  listening.run(1000);
  listening.tell({ type: "channel-ended", ssrc: events.ssrc, packetCount: 640 });
  const requests = () => listening.reports.filter(({ type }) => type === "pastRequest").length;
  return { listening, requests };
}

Deno.test("past events are asked for while the stream of an ended channel stays, and no longer", () => {
  const { listening, requests } = ended();
  listening.run(20_000);
  const before = requests();
  listening.run(9000);
  assert.ok(requests() > before);
  listening.run(2000);
  const after = requests();
  listening.run(20_000);
  assert.equal(requests(), after);
  assert.ok(listening.core.deadline! > listening.now);
});

import assert from "node:assert/strict";
import { Carousel, type CarouselOptions } from "../../../../server/edge/late/carousel.ts";
import { History } from "../../../../server/edge/sending/history.ts";
import type { Session } from "../../../../server/edge/sessions/sessions.ts";

const START = 1000;
const END = 5000;

function carousel(): Carousel {
  const history = new History({ capacity: 8192, maxAge: Infinity });
  for (let sequence = START; sequence < END; sequence++) {
    history.put({ sequence, datagram: new Uint8Array(20) }, 0);
  }
  const rtx = { packRtx: (datagram: Uint8Array) => ({ sequence: 0, datagram }) };
  const outbox = { isHalfFull: false, sendRepair: () => {} };
  return new Carousel({
    channel: { history, rtx } as unknown as CarouselOptions["channel"],
    start: START,
    outbox: outbox as unknown as CarouselOptions["outbox"],
    protect: ({ datagram }) => datagram,
    rate: () => 1200,
  });
}

Deno.test("who has left is forgotten, however many come and go between two key frames", () => {
  const late = carousel();
  let now = 0;
  for (let count = 0; count < 200; count++) {
    const session = { hasLeft: false, holdOffMillis: 20 };
    late.add(session as unknown as Session, END, now);
    for (const end = now + 100; now < end; now += 5) late.advance(now);
    session.hasLeft = true;
    assert.ok(late.size <= 2, `${late.size} are remembered`);
  }
});

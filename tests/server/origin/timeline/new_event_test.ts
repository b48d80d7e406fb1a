import assert from "node:assert/strict";
import fc from "fast-check";
import { fitEvent, type NewEvent } from "../../../../server/origin/timeline/new_event.ts";
import { parseEvent, serializeEvent } from "../../../../shared/event/event.ts";
import { runs } from "../../../runs.ts";

const eventOf = (content: string, origin = "Flamengo"): NewEvent => ({
  type: 2,
  content,
  score: "1 x 0",
  event: { type: "event", title: "Goal", origin, clock: "23:10", period: 1 },
});
/** The longest values that the timeline adds. */
const complete = ({ event, ...rest }: NewEvent) => ({
  ...rest,
  count: 4_294_967_295,
  time: 1763600000000.1234,
  event: { ...event, id: "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", time: 1763599998500.1234 },
});

Deno.test("what fits is left alone", () => {
  const event = eventOf("GOAL! Nine finds the top corner.");
  assert.equal(fitEvent(event), event);
});

Deno.test("a text that is too long is cut between characters, as late as possible, and marked", () => {
  const fitted = fitEvent(eventOf("ç".repeat(2000)))!;
  assert.match(fitted.content, /^ç+…$/);
  const { length } = serializeEvent(complete(fitted));
  assert.ok(length <= 1000 && length > 997, `${length}`);
});

Deno.test("a character of several code points is never cut in two", () => {
  const family = "👩‍👩‍👧‍👦";
  const fitted = fitEvent(eventOf(family.repeat(100)))!;
  assert.equal(fitted.content.replaceAll(family, ""), "…");
});

Deno.test("text of one byte a character is cut where the schema's limit is", () => {
  const fitted = fitEvent(eventOf("a".repeat(501)))!;
  assert.equal(fitted.content, "a".repeat(499) + "…");
  assert.ok(parseEvent(serializeEvent(complete(fitted))).ok);
  assert.equal(fitEvent(eventOf("a".repeat(500)))!.content.length, 500);
});

Deno.test("an event too large even without content is refused", () => {
  assert.equal(fitEvent(eventOf("x", "\u0000".repeat(140))), undefined);
});

Deno.test("whatever the content, the fitted event passes the wire", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 700 }), (content) => {
      const fitted = fitEvent(eventOf(content))!;
      assert.ok(parseEvent(serializeEvent(complete(fitted))).ok);
      assert.ok(content.startsWith(fitted.content.replace(/…$/, "")));
    }),
    runs(300),
  );
});

import assert from "node:assert/strict";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { broadcast } from "../../server/directory/web/model/broadcasts.ts";
import { setUp, WISH } from "./world.ts";

const [FIRST, SECOND] = [broadcast(1).id, broadcast(2).id];

Deno.test("who joins another broadcast leaves the one before, whose page is closed", async () => {
  const { desk, matches } = setUp();
  await desk.join(FIRST);
  assert.equal(desk.own().listening!.broadcast.id, FIRST);
  await desk.join(SECOND);
  assert.equal(desk.own().listening!.broadcast.id, SECOND);
  assert.equal(matches[0]!.isClosed, true);
  await desk.leave();
  assert.equal(desk.own().listening, null);
  assert.equal(desk.page, undefined);
  await desk.leave();
});

Deno.test("a match that is over stays to be read, with the reason; secrets in it are hidden", async () => {
  const { desk, matches } = setUp();
  await desk.join(FIRST);
  matches[0]!.fail(new CommandError(ExitCode.rejected, "refused streamer://h:1/?t=secret"));
  await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => resolve(undefined))));
  const { isOver, reason } = desk.own().listening!;
  assert.equal(isOver, true);
  assert.equal(reason, "refused streamer://h:1/?t=…");
  assert.ok(desk.page, "its page is still there");
  assert.equal(matches[0]!.isClosed, false);
});

Deno.test("what can't be joined is refused, and the match before it goes on", async () => {
  const { desk, directory } = setUp();
  await desk.join(FIRST);
  await assert.rejects(desk.join(broadcast(9).id), /no such broadcast/);
  directory.isAway = true;
  await assert.rejects(desk.join(SECOND), /does not answer/);
  assert.equal(desk.own().listening!.broadcast.id, FIRST);
  assert.equal(desk.own().listening!.isOver, false);
});

Deno.test("one broadcast is hosted at a time, beside the one that is listened to", async () => {
  const { desk, hosted } = setUp();
  await desk.join(FIRST);
  assert.equal(desk.makeStudioUrl(), undefined);
  await desk.create(WISH);
  assert.equal(desk.own().hosting!.id, broadcast(7).id);
  assert.match(desk.makeStudioUrl()!, /#k=once$/);
  await assert.rejects(desk.create(WISH), /end it before/);
  await desk.endHosting();
  assert.equal(desk.own().hosting, null);
  await desk.create(WISH);
  hosted[1]!.end();
  await hosted[1]!.finished;
  await Promise.resolve();
  assert.equal(desk.own().hosting!.isOver, true);
  assert.equal(desk.makeStudioUrl(), undefined);
  await desk.create(WISH);
  assert.equal(hosted.length, 3);
  assert.equal(desk.own().listening!.broadcast.id, FIRST);
});

Deno.test("two pages that press at once leave one listener and one broadcast", async () => {
  const { desk, matches } = setUp();
  const pressed = [desk.join(FIRST), desk.join(SECOND), desk.create(WISH), desk.create(WISH)];
  const settled = await Promise.allSettled(pressed);
  assert.deepEqual(settled.map(({ status }) => status), [
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
  ]);
  assert.equal(desk.own().listening!.broadcast.id, SECOND);
  assert.equal(matches[0]!.isClosed, true);
});

Deno.test("the end of the program ends both, and nothing begins after it", async () => {
  const { desk, matches, hosted } = setUp();
  await desk.join(FIRST);
  await desk.create(WISH);
  await desk.close();
  await matches[0]!.finished;
  await hosted[0]!.finished;
  assert.equal(matches[0]!.isClosed, true);
  await assert.rejects(desk.join(FIRST), /ending/);
});

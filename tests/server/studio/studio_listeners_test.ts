import assert from "node:assert/strict";
import type { ServerOutput } from "../../../server/interface/output.ts";
import { ANN, BOB, Stage, STATS } from "./stage.ts";

Deno.test("who listens is told with losses in percent; counts have rates", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  stage.studio.onListeners([ANN, BOB]);
  stage.tell(STATS);
  stage.now += 2000;
  stage.tell({
    kind: "rejected",
    address: ANN.address,
    code: 1403,
    reason: "no token",
  } as ServerOutput);
  stage.tell({ ...STATS, packetsSent: 1500, bytesSent: 100_000 });
  const heard = page.heard();
  const table = heard.find(({ kind }) => kind === "listeners");
  assert.ok(table?.kind === "listeners");
  assert.deepEqual([table.total, table.capacity], [2, 100]);
  assert.deepEqual(table.rows[0], {
    id: ANN.id,
    address: "192.0.2.9:4000",
    name: "Ann",
    tokenName: "Ann",
    hasOwnToken: true,
    ageMillis: 5000,
    roundTripMillis: 12,
    latencyMillis: 400,
    lossPercent: { audio: 5 },
  });
  assert.deepEqual(heard.at(-1), {
    kind: "counts",
    listeners: 2,
    packetsPerSecond: 250,
    bytesPerSecond: 5000,
    packets: 1500,
    refused: 1,
    resent: 3,
    parity: 4,
    overflow: 11,
  });
});

Deno.test("a listener is put out by its id; its own token is revoked when asked, and only then", () => {
  const stage = new Stage();
  const page = stage.open();
  stage.studio.onListeners([ANN, BOB]);
  page.heard();
  page.say({ kind: "put-out", id: "1", listener: "00000000000000cc" });
  page.say({ kind: "put-out", id: "2", listener: BOB.id, isTokenRevoked: true });
  assert.deepEqual(stage.takeKinds(), []);
  page.say({ kind: "put-out", id: "3", listener: BOB.id });
  assert.deepEqual(stage.outputs.splice(0), [{ kind: "put-out", listener: BOB.id }]);
  assert.deepEqual(page.heardOf("answer").map(({ id, ok }) => [id, ok]), [
    ["1", false],
    ["2", false],
    ["3", true],
  ]);
  page.say({ kind: "put-out", id: "4", listener: ANN.id, isTokenRevoked: true });
  const [out, revocation] = stage.outputs.splice(0);
  assert.deepEqual(out, { kind: "put-out", listener: ANN.id });
  assert.ok(revocation?.kind === "revoke" && revocation.tokenId === "t1");
  assert.deepEqual(page.heard(), []);
  stage.studio.onRevoked(revocation, "the file can't be written");
  const [answer] = page.heardOf("answer");
  assert.ok(answer?.id === "4" && !answer.ok);
  assert.match(answer.text!, /not revoked: the file can't be written/);
});

Deno.test("a listener's name can't turn the text around it, and an advertised name of any length is shown", () => {
  const ways = [{ address: `${"a".repeat(253)}:65535`, link: "streamer://192.0.2.1:5004/" }];
  const stage = new Stage({ ways });
  const page = stage.open();
  stage.studio.onListeners([
    { ...ANN, name: "\u202eAnn\u0007", tokenName: "<b>Ann" },
    { ...BOB, name: "\u202e " },
  ]);
  const heard = page.heard();
  assert.ok(heard.some((message) => message.kind === "studio" && message.ways.length === 1));
  const table = heard.findLast(({ kind }) => kind === "listeners");
  assert.ok(table?.kind === "listeners");
  assert.deepEqual(table.rows.map(({ name, tokenName }) => [name, tokenName]), [
    ["Ann", "<b>Ann"],
    [undefined, undefined],
  ]);
});

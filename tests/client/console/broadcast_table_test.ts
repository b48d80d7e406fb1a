import assert from "node:assert/strict";
import { broadcastLine, broadcastTable } from "../../../client/console/broadcast_table.ts";
import type { Broadcast } from "../../../shared/directory/forms.ts";

const URL_HERE = "http://127.0.0.1:8090/";
const LIVE: Broadcast = {
  id: "0123456789abcdef",
  title: "Flamengo x Santos",
  sport: "football",
  home: "Flamengo",
  away: "Santos",
  state: "live",
  score: "1 x 0",
  clock: "23:10",
  startsAt: null,
  seats: 100,
  seatsFree: 99,
  host: { name: "Ann" },
};

Deno.test("a table has a line for each broadcast, its columns one below the other, with a link to join it", () => {
  const soon = { ...LIVE, title: "Final", state: "soon", score: null, clock: null } as const;
  const lines = broadcastTable([LIVE, soon], URL_HERE).split("\n");
  assert.deepEqual(lines, [
    "State  Title                     Score  Clock  Free  Host  Link",
    "live   Flamengo x Santos         1 x 0  23:10  99    Ann   streamer://127.0.0.1:8090/?b=0123456789abcdef",
    "soon   Flamengo x Santos, Final                99    Ann   streamer://127.0.0.1:8090/?b=0123456789abcdef",
    "",
  ]);
  assert.equal(broadcastTable([], URL_HERE), "");
});

Deno.test("what strangers wrote moves no cursor and pushes nothing out of sight", () => {
  const wild = { ...LIVE, title: `\x1b[2J${"long ".repeat(30)}`, host: { name: "a\nb" } };
  const [, line, ...rest] = broadcastTable([wild], URL_HERE).split("\n");
  assert.deepEqual(rest, [""]);
  assert(!line!.includes("\x1b") && line!.includes("…") && line!.includes("a b"));
  assert(!broadcastLine(wild).includes("\x1b"));
});

Deno.test("where a link would lead elsewhere its place has the id", () => {
  for (const url of ["http://directory.example:8090/", "https://directory.example/below/"]) {
    assert.match(broadcastTable([LIVE], url), /Ann {3}0123456789abcdef\n$/);
  }
  const link = "streamer://directory.example:443/?b=0123456789abcdef";
  assert(broadcastTable([LIVE], "https://directory.example/").includes(link));
});

Deno.test("where a table is too wide each link has a line of its own, unbroken, and the host gives way last", () => {
  const link = "  streamer://127.0.0.1:8090/?b=0123456789abcdef";
  assert.deepEqual(broadcastTable([LIVE, LIVE], URL_HERE, 80).split("\n"), [
    "State  Title              Score  Clock  Free  Host",
    "live   Flamengo x Santos  1 x 0  23:10  99    Ann",
    link,
    "live   Flamengo x Santos  1 x 0  23:10  99    Ann",
    link,
    "",
  ]);
  assert.match(broadcastTable([LIVE], URL_HERE, 49), /^State .* Free\nlive .* 99\n {2}streamer:/);
});

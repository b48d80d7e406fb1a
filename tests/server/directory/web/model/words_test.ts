import assert from "node:assert/strict";
import {
  broadcastLink,
  directoryUrl,
  serveCommand,
  viewCommand,
} from "../../../../../server/directory/web/model/join_words.ts";
import { joinCommand } from "../../../../../shared/admission/join_command.ts";
import { parseList, queryOf } from "../../../../../server/directory/web/model/http_source.ts";
import {
  foundWords,
  isolated,
  matchName,
  pillWords,
  scoreParts,
  seatWords,
  startWords,
  stateWords,
  titleSaysMore,
} from "../../../../../server/directory/web/model/words.ts";
import { parseDirectoryLink } from "../../../../../shared/directory/directory_link.ts";
import { broadcast } from "./broadcasts.ts";

const at = (text: string) => new Date(text).getTime();

Deno.test("the time of a start is said by the clock of whoever reads", () => {
  const now = at("2026-11-28T17:00:00");
  assert.equal(startWords(at("2026-11-28T16:50:00"), now), "About to begin");
  assert.equal(startWords(at("2026-11-28T17:24:30"), now), "In 25 min");
  assert.equal(startWords(at("2026-11-28T20:30:00"), now), "Today 20:30");
  assert.equal(startWords(at("2026-11-29T00:15:00"), now), "Tomorrow 00:15");
  assert.equal(startWords(at("2026-12-05T18:00:00"), now), "Sat 5 Dec, 18:00");
  assert.equal(startWords(at("2027-01-02T18:00:00"), now), "Sat, 2 Jan 2027, 18:00");
});

Deno.test("states and seats in words", () => {
  assert.deepEqual(stateWords(broadcast(1), 0), { tone: "live", word: "Live" });
  assert.deepEqual(stateWords(broadcast(1, { state: "soon" }), 0), { tone: "soon", word: "Soon" });
  assert.equal(stateWords(broadcast(1, { state: "gone" }), 0).tone, "bad");
  assert.equal(stateWords(broadcast(1, { state: "ended" }), 0).word, "Over");
  assert.equal(seatWords(broadcast(1)), "38 of 50 seats free");
  assert.equal(seatWords(broadcast(1, { seatsFree: 0 })), "No seat free");
  assert.deepEqual(scoreParts("2 x 10"), ["2", "10"]);
  assert.equal(scoreParts(null), undefined);
  assert.equal(titleSaysMore(broadcast(1)), false);
  assert.equal(titleSaysMore(broadcast(1, { title: "The final" })), true);
});

Deno.test("in attributes a name of another direction is closed in", () => {
  assert.equal(isolated("هلال"), "\u2068هلال\u2069");
  assert.equal(matchName(broadcast(1, { home: "هلال" })), "\u2068هلال\u2069 x \u2068Santos\u2069");
  assert.equal(foundWords("هلال", 0, false), "Nothing found for \u2068هلال\u2069");
  assert.equal(foundWords("a", 100, true), "More than 100 broadcasts found");
});

Deno.test("the pill says whether the list is of now", () => {
  assert.equal(pillWords({ state: "open" }, 0).tone, "good");
  assert.equal(pillWords({ state: "connecting" }, 0).tone, "busy");
  const lost = { state: "lost", retryAt: 2500 } as const;
  assert.deepEqual(pillWords(lost, 0), { tone: "bad", title: "No answer", detail: "again in 3 s" });
});

Deno.test("links and commands name the directory with its port, and are read as they were meant", () => {
  const id = "0123456789abcdef";
  const local = { protocol: "http:", hostname: "127.0.0.1", port: "8090" };
  const far = { protocol: "https:", hostname: "directory.example", port: "" };
  const six = { protocol: "http:", hostname: "[::1]", port: "8090" };
  for (const place of [local, far, six]) {
    const link = broadcastLink(place, id);
    const read = parseDirectoryLink(link)!;
    assert.equal(read.broadcastId, id);
    assert.equal(new URL(read.directory).href, new URL(directoryUrl(place)).href);
    assert.equal(joinCommand("view", link), `streamer view "${link}"`);
  }
  assert.equal(broadcastLink(far, id), `streamer://directory.example:443/?b=${id}`);
  assert.equal(viewCommand(local), "streamer view --directory http://127.0.0.1:8090/");
  assert.match(
    serveCommand(far),
    /--directory https:\/\/directory\.example\/ --match "Home x Away"$/,
  );
});

Deno.test("what is asked fits a directory, and what is no list is a failure", () => {
  assert.equal(queryOf({}).toString(), "limit=100");
  assert.equal(queryOf({ state: "soon" }).toString(), "limit=20&state=soon");
  assert.equal(queryOf({ text: "x".repeat(300) }).get("q")!.length, 200);
  assert.equal(queryOf({ text: `${"x".repeat(199)}😀` }).get("q")!.at(-1), "\ufffd");
  assert.equal(parseList({ broadcasts: [broadcast(1)] }).ok, true);
  for (const wrong of [null, 7, "", [], {}, { broadcasts: [{}] }, { broadcasts: "x" }]) {
    assert.equal(parseList(wrong).ok, false);
  }
});

import assert from "node:assert/strict";
import { RejectCode } from "../../../../shared/admission/admission.ts";
import type { Connection } from "../../../../shared/page/page.ts";
import { endWords } from "../../../../viewer/web/model/end_words.ts";

const BASE: Connection = { state: "connected", since: 0, server: "host:1", reason: "" };

function words(changes: Partial<Connection>, hasListened = true): string {
  const end = endWords({ ...BASE, ...changes }, hasListened);
  return end ? `${end.title}. ${end.advice}`.trim() : "";
}

Deno.test("nothing is over while something may still come", () => {
  for (const state of ["joining", "connected", "silent", "rejoining"] as const) {
    assert.equal(words({ state }), "");
  }
  assert.equal(endWords(null, false), undefined);
});

Deno.test("each end says what happened, and what to do if anything can be done", () => {
  const ended = { state: "ended", reason: "The broadcast is over" } as const;
  assert.equal(words({ ...ended, end: "bye" }), "The broadcast is over.");
  assert.match(words({ ...ended, end: "interrupted" }), /viewer was stopped\. Start it again/);
  assert.match(words({ ...ended, end: "duration" }), /time is over\..*--duration/);
  assert.match(words({ ...ended, end: "timeout" }), /no longer answers\. Start the viewer again/);
  assert.match(words({ ...ended, end: "timeout" }, false), /does not answer\. Check the link/);
});

Deno.test("every refusal has its advice and the host's own words", () => {
  const told = Object.values(RejectCode).map((code) => {
    const text = words({ state: "rejected", reason: `why (${code})`, code, end: "rejected" });
    assert.match(
      text,
      new RegExp(`^The host has ended your session\\..*says: why \\(${code}\\)\\.$`),
    );
    return text.replace(/\(\d+\)/, "");
  });
  assert.equal(new Set(told).size, told.length);
  assert.match(words({ state: "rejected", code: 1410 }, false), /did not let you in.*expired/);
  assert.match(words({ state: "rejected", code: 1999 }), /Ask the host why/);
});

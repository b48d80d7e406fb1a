import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseMatchCommand,
  parseMatchToPage,
  serializeMatchMessage,
} from "../../../shared/studio/match_messages.ts";
import { runs } from "../../runs.ts";

const head = { kind: "match", id: "01J8" } as const;

Deno.test("commands are read as they were written", () => {
  const commands = [
    { ...head, do: "event", title: "Goal", origin: "Grêmio", text: "Header" },
    { ...head, do: "event", title: "Half-time", origin: "" },
    { ...head, do: "note", text: "Rain" },
    { ...head, do: "undo" },
    { ...head, do: "undo", event: "01J7" },
    { ...head, do: "correct", event: "01J7", clock: "93:09", period: 2 },
    { ...head, do: "start" },
    { ...head, do: "stop" },
    { ...head, do: "set", clock: "45:00", period: 2 },
    { ...head, do: "period", period: 3 },
  ] as const;
  for (const command of commands) {
    assert.deepEqual(parseMatchCommand(serializeMatchMessage(command)), {
      ok: true,
      value: command,
    });
  }
});

Deno.test("what is no command is counted by name", () => {
  const wrong = [
    {},
    { ...head, do: "dance" },
    { ...head, kind: "sound", do: "start" },
    { kind: "match", do: "start" },
    { ...head, id: "", do: "start" },
    { ...head, id: "é", do: "start" },
    { ...head, id: "x".repeat(65), do: "start" },
    { ...head, do: "set", clock: "45:60" },
    { ...head, do: "set", clock: "1000:00" },
    { ...head, do: "period", period: 10 },
    { ...head, do: "event", title: "", origin: "" },
    { ...head, do: "event", title: "Goal" },
    { ...head, do: "note", text: "x".repeat(501) },
  ];
  for (const message of wrong) {
    const result = parseMatchCommand(JSON.stringify(message));
    assert.deepEqual(result, { ok: false, junk: "malformedPageMessage" }, JSON.stringify(message));
  }
  const long = serializeMatchMessage({ ...head, do: "note", text: "x".repeat(4000) });
  assert.deepEqual(parseMatchCommand(long), { ok: false, junk: "oversized" });
});

Deno.test("no text makes a parser throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.equal(parseMatchCommand(text).ok, false);
      assert.equal(parseMatchToPage(text).ok, false);
    }),
    runs(200),
  );
});

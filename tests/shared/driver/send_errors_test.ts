import assert from "node:assert/strict";
import { sendErrorName } from "../../../shared/driver/send_errors.ts";

Deno.test("an error has the same name on every system", () => {
  const named = (message: string) => sendErrorName({ error: new Error(message) });
  for (const number of [90, 40, 10_040]) {
    assert.equal(named(`Message too long (os error ${number})`), "EMSGSIZE");
  }
  assert.equal(named("Operation not permitted (os error 1)"), "EPERM");
  assert.equal(named("No buffer space available (os error 105)"), "ENOBUFS");
  assert.equal(named("Connection refused (os error 111)"), "ECONNREFUSED");
});

Deno.test("what has no name is counted too", () => {
  assert.equal(sendErrorName({ error: new Deno.errors.BadResource("Bad resource ID") }), "closed");
  assert.equal(sendErrorName({ error: new Error("Input/output error (os error 5)") }), "other");
  assert.equal(sendErrorName({ error: new Error("no number") }), "other");
  assert.equal(sendErrorName({ error: "a text" }), "other");
});

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatHostKey,
  formatJoinLink,
  parseHostKey,
  parseJoinLink,
} from "../../../shared/admission/join_link.ts";
import { runs } from "../../runs.ts";

Deno.test("reads host, port, token and key", () => {
  assert.deepEqual(parseJoinLink("streamer://127.0.0.1:5004/?t=abc_-123&k=XyZ"), {
    host: "127.0.0.1",
    port: 5004,
    token: "abc_-123",
    hostKey: "XyZ",
  });
  assert.deepEqual(parseJoinLink("streamer://match.example.org:5004/"), {
    host: "match.example.org",
    port: 5004,
  });
});

Deno.test("takes what people paste: blanks around it, no slash, capitals, parameters to come", () => {
  for (
    const text of [
      "  streamer://host:1/?t=x\n",
      "streamer://host:1?t=x",
      "STREAMER://host:1/?t=x",
      "streamer://host:1/?t=x&new=1",
    ]
  ) {
    assert.deepEqual(parseJoinLink(text), { host: "host", port: 1, token: "x" }, text);
  }
});

Deno.test("IPv6 stands in brackets, its zone behind %25", () => {
  assert.equal(parseJoinLink("streamer://[::1]:5004/?t=x")?.host, "::1");
  assert.equal(parseJoinLink("streamer://[fe80::1%25eth0]:5004/")?.host, "fe80::1%eth0");
  assert.equal(formatJoinLink({ host: "::1", port: 5004 }), "streamer://[::1]:5004/");
  assert.equal(
    formatJoinLink({ host: "fe80::1%eth0", port: 5004, token: "x" }),
    "streamer://[fe80::1%25eth0]:5004/?t=x",
  );
});

Deno.test("an empty token is none", () => {
  assert.deepEqual(parseJoinLink("streamer://host:1/?t=&k="), { host: "host", port: 1 });
});

Deno.test("anything else is not a link", () => {
  for (
    const text of [
      "",
      "host:5004",
      "http://host:5004/?t=x",
      "streamer://",
      "streamer://host",
      "streamer://host/?t=x",
      "streamer://host:0/",
      "streamer://host:65536/",
      "streamer://host:123456/",
      "streamer://host:-1/",
      "streamer://host:5004/path?t=x",
      "streamer://host:5004/?t=x#fragment",
      "streamer://host:5004/?t=x y",
      "streamer://user@host:5004/",
      "streamer://::1:5004/",
      "streamer://[host]:5004/",
      "streamer://[::1:5004/",
      "streamer://ho st:5004/",
      "streamer://-host:5004/",
      "streamer://host:5004/?t=a&t=b",
      "streamer://host:5004/?k=a&k=b",
      `streamer://host:5004/?t=${"x".repeat(701)}`,
    ]
  ) {
    assert.equal(parseJoinLink(text), undefined, text);
  }
});

Deno.test("what is written is read back, whatever the token holds", () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.constant("localhost"));
  const secret = fc.string({ unit: "binary", minLength: 1, maxLength: 60 })
    .filter((text) => text.isWellFormed());
  const link = fc.record(
    { host, port: fc.integer({ min: 1, max: 65_535 }), token: secret, hostKey: secret },
    { requiredKeys: ["host", "port"] },
  );
  fc.assert(
    fc.property(link, (given) => {
      const text = formatJoinLink(given);
      assert.doesNotMatch(text, /[^\x21-\x7e]/);
      assert.deepEqual({ ...parseJoinLink(text) }, { ...given });
    }),
    runs(500),
  );
});

Deno.test("no text makes it throw", () => {
  const almost = fc.tuple(fc.string(), fc.string(), fc.string())
    .map(([host, port, query]) => `streamer://${host}:${port}/?t=${query}`);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), almost), (text) => {
      const link = parseJoinLink(text);
      if (link) assert.ok(link.port >= 1 && link.port <= 65_535 && link.host !== "");
    }),
    runs(500),
  );
});

Deno.test("a host key goes through a link and back, and anything but 32 bytes is no key", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
    const link = formatJoinLink({ host: "a.example", port: 1, hostKey: formatHostKey(key) });
    assert.deepEqual(parseHostKey(parseJoinLink(link)!.hostKey!), new Uint8Array(key));
  }));
  const whole = formatHostKey(new Uint8Array(32).fill(0xff));
  for (
    const text of ["", whole.slice(1), `${whole}A`, `${whole.slice(0, 42)}_`, `*${whole.slice(1)}`]
  ) {
    assert.equal(parseHostKey(text), undefined, text);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { joinCommand } from "../../../shared/admission/join_command.ts";
import { formatJoinLink, parseJoinLink } from "../../../shared/admission/join_link.ts";

/** What has a meaning within double quotes in cmd.exe, PowerShell, bash or zsh, but for the percent sign. */
const SPECIAL = /["$`\\!^“”„]/u;

Deno.test("no link has a character that is special within double quotes", () => {
  const tokens = fc.string({ unit: "binary", minLength: 1, maxLength: 60 })
    .filter((token) => token.isWellFormed());
  const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(fc.property(tokens, hosts, fc.integer({ min: 1, max: 65_535 }), (token, host, port) => {
    const link = formatJoinLink({ host, port, token });
    assert.doesNotMatch(link, SPECIAL);
    assert.doesNotMatch(link, /\s/);
    assert.equal(parseJoinLink(link)?.token, token);
  }));
});

Deno.test("the links that the host makes by itself have no percent sign either", () => {
  const token = "aN20fwQ7AluoI52mLQ6-uA";
  const hostKey = "vSrwPYZOMKp3LgxAD-mKNKlDguES7-pjsP0r1RpExkE";
  for (const host of ["192.168.1.7", "2001:db8::7", "match.example"]) {
    assert.doesNotMatch(formatJoinLink({ host, port: 5004, token, hostKey }), /%/);
  }
});

Deno.test("the command has the link in double quotes", () => {
  assert.equal(
    joinCommand("view", "streamer://h:1/?t=a&k=b"),
    'streamer view "streamer://h:1/?t=a&k=b"',
  );
});

import assert from "node:assert/strict";
import { hideSecrets } from "../../client/hide_secrets.ts";

Deno.test("tokens are left out of complaints, whatever else they repeat", () => {
  const cases: readonly [string, string][] = [
    ['Unexpected: "streamer://h:1/?t=SECRET".', 'Unexpected: "streamer://h:1/?t=…".'],
    ["streamer://h:1/?k=KEY&t=SECRET&x=1", "streamer://h:1/?k=KEY&t=…&x=1"],
    ['"--tokn=SECRET". Did you mean', '"--tokn=…". Did you mean'],
    ["`--token=SECRET`", "`--token=…`"],
    ["?token=SECRET&k=KEY", "?token=…&k=KEY"],
    ['argument: "eyJTRUNS.RVQ_-eyJ.U0VDUkVU-_".', 'argument: "…".'],
    ["--tokens eyJTRUNS.RVQ.U0VD: does not exist", "--tokens …: does not exist"],
    ["--tokens club.json.new: does not exist", "--tokens club.json.new: does not exist"],
    ["--token-file a.txt does not exist", "--token-file a.txt does not exist"],
    ['Unexpected: "http://me:SECRET@h/x".', 'Unexpected: "http://…@h/x".'],
    ["--events http://me:SE/C@RET@h/x: odd", "--events http://…@h/x: odd"],
    ["write to me@example.org, http://h/x", "write to me@example.org, http://h/x"],
    ["no token at all", "no token at all"],
  ];
  for (const [text, wanted] of cases) assert.equal(hideSecrets(text), wanted);
});

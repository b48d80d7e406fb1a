import assert from "node:assert/strict";
import { hideSecrets } from "../../../shared/text/hide_secrets.ts";

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
    ["--events http://ann:SECRET@h/x: no such file", "--events http://…@h/x: no such file"],
    ["rtsp://SECRET@h and ann@h", "rtsp://…@h and ann@h"],
    // It may as well be a password with a slash in it.
    ['--audio "http://h/a@b" is silent', '--audio "http://…@b" is silent'],
  ];
  for (const [text, wanted] of cases) assert.equal(hideSecrets(text), wanted);
});

Deno.test("an unexpected argument is repeated only where it can't be a secret", () => {
  const argument = (text: string) => `Error: Unexpected option or argument: "${text}".`;
  const first = (text: string) => `Error: Unexpected option or subcommand: \`${text}\`.`;
  const cases: readonly [string, string][] = [
    [argument("SECRET"), argument("…")],
    [argument('SEC"RET'), argument("…")],
    [argument("SEC RET"), argument("…")],
    [argument("hunter"), argument("…")],
    [argument("--pass=SECRET"), argument("--pass=…")],
    [argument("-tSECRET"), argument("-t…")],
    [argument("--tokn"), argument("--tokn")],
    [argument("streamer://127.0.0.1:2/?t=SECRET"), argument("streamer://127.0.0.1:2/?t=…")],
    [
      `${argument("--lodness")} Did you mean \`--loop\`?`,
      `${argument("--lodness")} Did you mean \`--loop\`?`,
    ],
    [`${argument("SECRET")} Did you mean \`--loop\`?`, `${argument("…")} Did you mean \`--loop\`?`],
    [first("SECRET"), first("…")],
    [first("secret-7"), first("…")],
    [first("sreve"), first("sreve")],
  ];
  for (const [text, wanted] of cases) assert.equal(hideSecrets(text), wanted);
});

Deno.test("what a complaint repeats is looked through soon, however long it is", () => {
  for (const piece of ["://", "//", "eyJ", "eyJa.", "?t=", "a@", "://a@"]) {
    hideSecrets(piece.repeat(100_000));
  }
  assert.equal(hideSecrets(`${"://".repeat(2000)}me:secret@a`).includes("secret"), false);
});

import assert from "node:assert/strict";
import { testWith } from "../tools.ts";
import { TemporaryFolder } from "./fixtures.ts";
import { programCommand } from "./streamer.ts";
import { checkNobodyMisses } from "./unread_output.ts";

testWith(
  ["script", "less"],
  "when nobody reads what host and listeners print, the listeners still get everything",
  async () => {
    await using folder = new TemporaryFolder();
    const listeners = [["listen", "Ctrl-S"], ["listen", "pipe"], ["listen", "full"]] as const;
    await checkNobodyMisses({ host: "Ctrl-S", listeners, seconds: 6 }, folder);
  },
);

/** Runs the program within a line of bash, in which it is `"$@"`. */
async function inShell(line: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", line, "bash", ...programCommand(), ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const SERVE = ["serve", "--host", "127.0.0.1", "--port", "0", "--json"];

Deno.test("a reader that starts late gets every line, whole and in order", async () => {
  // The pipe is full until the reader begins, two seconds or so after the program did.
  const line = `{ timeout 2 yes; exec "$@"; } | { sleep 6; sed 's/^y*//' | grep .; }`;
  const { stdout, stderr } = await inShell(line, ...SERVE, "--duration", "8s");
  const lines = stdout.trimEnd().split("\n").map((text) => JSON.parse(text));
  assert.equal(lines[0].kind, "ready");
  assert.equal(lines.at(-1).kind, "summary");
  const sent = lines.filter(({ kind }) => kind === "stats").map(({ packetsSent }) => packetsSent);
  assert.ok(sent.length > 2, `only ${sent.length} lines of statistics`);
  assert.deepEqual(sent, sent.toSorted((a, b) => a - b));
  assert.equal(stderr.includes("left out"), false, stderr);
});

Deno.test("a reader that goes, or a full disk, ends nothing; the number of lines left out is printed", async () => {
  const args = [...SERVE, "--duration", "2s"];
  const head = await inShell('"$@" | head -n 1; exit "${PIPESTATUS[0]}"', ...args);
  assert.deepEqual([head.code, JSON.parse(head.stdout).kind], [0, "ready"]);
  assert.equal(head.stderr, "", "whoever closed the pipe knows it");
  const full = await inShell('"$@" > /dev/full', ...args);
  assert.equal(full.code, 0);
  assert.match(
    full.stderr,
    /^Standard output can't be written \(No space left.*\n.*left out(, \w+ of them status lines)?\n$/,
  );
});

Deno.test("a token that can't be printed is a failure; a pager is waited for", async () => {
  await using folder = new TemporaryFolder();
  const tokens = ["--tokens", folder.file("tokens.json")];
  const make = (name: string) => ["token", "make", ...tokens, "--name", name];
  const full = await inShell('"$@" > /dev/full', ...make("Ann"));
  assert.equal(full.code, 1);
  assert.match(full.stderr, /^Standard output can't be written/);
  // Longer than the program waits at the end of anything else.
  const line = `set -o pipefail; { timeout 2 yes; "$@"; } | { sleep 8; sed 's/^y*//' | grep .; }`;
  const list = await inShell(line, "token", "list", ...tokens);
  assert.equal(list.code, 0);
  assert.match(list.stdout, /Ann/);
});

testWith(
  ["script"],
  "a log does not go to a terminal, which could hold everything up",
  async () => {
    const program = [...programCommand(), "serve", "--log", "/dev/tty", "--duration", "1s"].join(
      " ",
    );
    const command = new Deno.Command("script", { args: ["-qec", program, "/dev/null"] });
    const { code, stdout } = await command.output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stdout),
      // Older runtimes of binaries do not say what kind of file it is.
      /^Error: --log \/dev\/tty (is a terminal.*tail -f|can't be written \(the compiled program)/m,
    );
  },
);

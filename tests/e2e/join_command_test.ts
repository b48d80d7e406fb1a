import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import decodeQR from "qr/decode.js";
import { joinCommand } from "../../shared/admission/join_command.ts";
import { formatJoinLink } from "../../shared/admission/join_link.ts";
import { DARK, pictureOf } from "../shared/text/terminal_picture.ts";
import { testWith } from "../tools.ts";
import { TemporaryFolder } from "./fixtures.ts";
import { listen, Streamer } from "./streamer.ts";

/** What a host prints leads in: the command in shells, the QR code for a reader, the page's address in a browser. */

const LINKS = 500;

/** Prints the one argument after the command; more or fewer are a failure. */
const SHOW = `streamer() { [ "$#" = 2 ] && printf '%s\\n' "$2" || echo "$# arguments"; }\n`;

function links(): string[] {
  const tokens = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
  const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  const parts = fc.tuple(hosts, fc.integer({ min: 1, max: 65_535 }), tokens);
  const chosen = ["$HOME", "!!", "`id`", "a b", "\\n", "%PATH%", "*", "?&;|<>()", '"', "'"];
  return [
    ...chosen.map((token) => formatJoinLink({ host: "192.0.2.7", port: 5004, token })),
    ...fc.sample(parts, LINKS).map(([host, port, token]) => formatJoinLink({ host, port, token })),
  ];
}

for (const [shell, ...flags] of [["bash"], ["bash", "-i"], ["zsh"], ["zsh", "-f", "-i"]] as const) {
  testWith(
    [shell],
    `${[shell, ...flags].join(" ")} takes every link as it is printed`,
    async () => {
      await using folder = new TemporaryFolder();
      const given = links();
      const script = `${SHOW}${
        given.map((link) => joinCommand("listen", link)).join("\n")
      }\nexit\n`;
      const env = { HOME: folder.path, HISTFILE: join(folder.path, "history") };
      const process = new Deno.Command(shell, {
        args: [...flags],
        env,
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const [{ stdout }] = await Promise.all([process.output(), feed(process.stdin, script)]);
      const taken = new TextDecoder().decode(stdout).split("\n");
      assert.deepEqual(taken.filter((line) => /^streamer:|arguments$/.test(line)), given);
    },
  );
}

async function feed(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  await new Blob([text]).stream().pipeTo(stdin);
}

Deno.test("the QR code that a host prints is its link, and one joins with what was read", async () => {
  const args = ["serve", "--port", "0", "--qr", "--duration", "20s", "--wait-for", "1"];
  await using host = new Streamer(args);
  await host.until(
    () => host.stdout.includes("Waiting for 1 listener"),
    "line on whom it waits for",
  );
  const [code = ""] = host.stdout.split("\n\n");
  const lines = code.split("\n");
  const read = decodeQR(pictureOf(lines, lines[0]!.length, DARK), { timeLimit: Infinity });
  assert.ok(host.stdout.includes(joinCommand("listen", read)));
  await using listener = listen([read, "--duration", "1s"]);
  await listener.line("joined");
});

Deno.test("a page on all addresses opens at each of those that are printed, with the key in it", async () => {
  await using host = new Streamer(["serve", "--port", "0", "--json"]);
  const { port } = await host.line("ready");
  const args = ["view", "--port", String(port), "--http", "0.0.0.0:0", "--qr"];
  await using viewer = new Streamer(args);
  await viewer.until(() => viewer.stdout.includes("on this machine"), "address of the page");
  const urls = viewer.stdout.match(/http:\/\/\S+#k=\S+/g) ?? [];
  assert.ok(urls.some((url) => url.startsWith("http://127.0.0.1:")));
  for (const url of urls) {
    const [page = "", key] = url.split("#k=");
    const opened = await fetch(`${page}api/state`, { headers: { Authorization: `Bearer ${key}` } });
    assert.equal(opened.status, 200, url);
    assert.equal(
      await fetch(`${page}api/state`).then(async (answer) => {
        await answer.body?.cancel();
        return answer.status;
      }),
      403,
    );
    await opened.body?.cancel();
  }
  const [code = ""] = viewer.stdout.split("\n\n");
  const lines = code.split("\n");
  assert.equal(
    decodeQR(pictureOf(lines, lines[0]!.length, DARK), { timeLimit: Infinity }),
    urls[0],
  );
});

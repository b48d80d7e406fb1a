import assert from "node:assert/strict";
import { asNobodyWith, NOBODY, testAsRoot, withoutRights } from "../as_root.ts";
import { utf16 } from "../shared/text/encodings.ts";
import { Club } from "./club.ts";

/** A host, and Ann who listens by a token of the file. */
async function annListens(club: Club, through: readonly string[] = []) {
  const ann = await club.make("Ann");
  const { host, port } = await club.serveAs({ through }, "--simulate");
  const listener = club.listen(port, ann);
  await listener.line("joined");
  await host.line("listener-joined");
  return { host, listener };
}

async function assertPutOut({ host, listener }: Awaited<ReturnType<typeof annListens>>) {
  const left = await host.line("listener-left");
  assert.deepEqual([left.tokenName, left.reason], ["Ann", "revoked"]);
  assert.equal((await listener.end(3)).code, 1403);
  assert.equal(host.stderr, "");
}

Deno.test("a listener is put out when its token is revoked through a link to the host's file", async () => {
  await using club = new Club();
  const evening = await annListens(club);
  const register = club.folder.file("link.json");
  await Deno.symlink("club.json", register);
  assert.match(await club.tokenAs({ register }, "revoke", "Ann"), /^Revoked Ann/);
  await assertPutOut(evening);
});

// The host is root here, without its right to read everything, and another user the one who revokes:
// the other way round that user would have to be able to read this program wherever it is.
testAsRoot(
  "a listener is put out when its token is revoked by another user than the host's",
  async () => {
    await using club = new Club();
    const evening = await annListens(club, withoutRights("dac_override", "dac_read_search"));
    const through = asNobodyWith("chown", "fowner", "dac_override");
    assert.match(await club.tokenAs({ through }, "revoke", "Ann"), /^Revoked Ann/);
    await assertPutOut(evening);
  },
);

testAsRoot(
  "revoking fails, with what to do, when the file's owner can't be kept",
  async () => {
    await using club = new Club();
    await club.make("Ann");
    await Deno.chown(club.register, NOBODY, NOBODY);
    const revoking = club.tokenAs({ through: withoutRights("chown") }, "revoke", "Ann");
    const { message } = await revoking.then(() => new Error("Revoked"), (error: Error) => error);
    assert.match(
      message,
      /--tokens .*club\.json.*belongs to user 65534.*Nothing was changed.*as root/,
    );
    assert.match(await club.token("list"), /valid/);
  },
);

Deno.test("tokens and the host's copy of their file are accepted as PowerShell's > saves them", async () => {
  await using club = new Club();
  const saveAs = async (name: string, text: string) => {
    const bytes = utf16(`\ufeff${text.replaceAll("\n", "\r\n")}`);
    await Deno.writeFile(club.folder.file(name), bytes);
    return club.folder.file(name);
  };
  const ann = await saveAs("ann.token", await Deno.readTextFile(await club.make("Ann")));
  const plain = await saveAs("plain.token", "plain\n");
  await saveAs("club.json", await club.token("export"));
  const { port } = await club.serve("--token-file", plain, "--simulate");
  await club.listen(port, ann).line("joined");
  await club.listen(port, plain).line("joined");
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { CommandError } from "../../../../shared/core/errors.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { fromBase64Url } from "../../../../shared/directory/identity.ts";
import { userFile } from "../../../../shared/system/identity/config_folder.ts";
import { findIdentity, openIdentity } from "../../../../shared/system/identity/identity_file.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";

const machine = (seed = 1) => ({ rng: new SeededRng(seed), ciphers: nodeCiphers });

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an identity is made once, for its owner's eyes, and signs as the key that it shows", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "me.json");
    assert.equal(await findIdentity({ path, machine: machine() }), undefined);
    const first = await openIdentity({ path, machine: machine(1) });
    const again = await openIdentity({ path, machine: machine(2) });
    assert.deepEqual([first.isNew, again.isNew], [true, false]);
    assert.equal(again.identity.publicKey, first.identity.publicKey);
    const message = new Uint8Array([1, 2, 3]);
    const key = fromBase64Url(first.identity.publicKey);
    assert(nodeCiphers.verify(key, message, again.identity.sign(message)));
    if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["me.json"]);
  });
});

Deno.test("programs that make it at the same time have the same identity", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "me.json");
    const opened = await Promise.all(
      [1, 2, 3, 4].map((seed) => openIdentity({ path, machine: machine(seed) })),
    );
    assert.equal(new Set(opened.map(({ identity }) => identity.publicKey)).size, 1);
  });
});

Deno.test("a file that others can read, or that is damaged, is refused in one line without the key", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "me.json");
    await openIdentity({ path, machine: machine() });
    const text = await Deno.readTextFile(path);
    const secret = JSON.parse(text).d as string;
    const refused = async (words: RegExp) => {
      await assert.rejects(openIdentity({ path, machine: machine() }), (error) => {
        assert(error instanceof CommandError);
        assert.match(error.message, words);
        assert(!error.message.includes("\n") && !error.message.includes(secret));
        return true;
      });
    };
    const other = (await openIdentity({ path: join(folder, "b.json"), machine: machine(9) }))
      .identity.publicKey;
    const wrong = [
      "",
      "{}",
      text.slice(0, -9),
      "x".repeat(5000),
      JSON.stringify({ ...JSON.parse(text), x: other }),
      JSON.stringify({ ...JSON.parse(text), d: "short" }),
    ];
    for (const content of wrong) {
      await Deno.writeTextFile(path, content, { mode: 0o600 });
      await refused(/^--identity .*me\.json: is damaged/);
    }
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, 0o640);
    if (Deno.build.os !== "windows") await refused(/chmod it to 600/);
    await Deno.remove(path);
    await Deno.mkdir(path);
    await refused(/is not a file/);
    await Deno.remove(path);
    await Deno.symlink(join(folder, "nowhere.json"), path);
    await refused(/is a link to a file that does not exist/);
  });
});

Deno.test("a folder that does not exist is not made for a given file", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "no", "me.json");
    await assert.rejects(openIdentity({ path, machine: machine() }), /does not exist: make that/);
  });
});

Deno.test("settings are where each system has them, and XDG_CONFIG_HOME decides where it is set", () => {
  const at = (system: typeof Deno.build.os, values: Record<string, string>) =>
    userFile("identity.json", { system, env: (name) => values[name] })?.replaceAll("\\", "/");
  const home = { HOME: "/home/ann" };
  assert.equal(at("linux", home), "/home/ann/.config/streamer/identity.json");
  assert.equal(
    at("darwin", home),
    "/home/ann/Library/Application Support/streamer/identity.json",
  );
  assert.equal(at("windows", { APPDATA: "/data" }), "/data/streamer/identity.json");
  const moved = { ...home, XDG_CONFIG_HOME: "/etc/ann" };
  assert.equal(at("linux", moved), "/etc/ann/streamer/identity.json");
  assert.equal(at("darwin", moved), "/etc/ann/streamer/identity.json");
  assert.equal(
    at("linux", { ...home, XDG_CONFIG_HOME: "not/whole" }),
    "/home/ann/.config/streamer/identity.json",
  );
  assert.equal(at("linux", {}), undefined);
});

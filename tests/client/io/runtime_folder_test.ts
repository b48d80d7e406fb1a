import assert from "node:assert/strict";
import { join } from "node:path";
import { chooseLinkFolder, LinkFolder } from "../../../client/io/runtime_folder.ts";
import { CommandError } from "../../../shared/core/errors.ts";

const LINK = "streamer://127.0.0.1:5004/?t=secret";
const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;

function withFolder(use: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a link that is left is found until it is removed, each port its own", () => {
  withFolder((folder) => {
    const links = new LinkFolder(join(folder, "run", "streamer"));
    assert.equal(links.find(5004), undefined);
    links.remove(5004);
    links.leave(5004, LINK);
    links.leave(5005, LINK + "5");
    assert.equal(links.find(5004), LINK);
    assert.equal(links.find(5005), LINK + "5");
    links.remove(5004);
    assert.equal(links.find(5004), undefined);
    assert.equal(links.find(5005), LINK + "5");
  });
});

Deno.test("a later link takes the place of an earlier one, and nothing else is left behind", () => {
  withFolder((folder) => {
    const links = new LinkFolder(folder);
    links.leave(5004, LINK);
    links.leave(5004, "streamer://127.0.0.1:5004/?t=other");
    assert.equal(links.find(5004), "streamer://127.0.0.1:5004/?t=other");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["5004.link"]);
  });
});

Deno.test("folder and file are for the user alone, even where the folder was open before", () => {
  if (Deno.build.os === "windows") return;
  withFolder((folder) => {
    const path = join(folder, "streamer");
    Deno.mkdirSync(path);
    Deno.chmodSync(path, 0o777);
    new LinkFolder(path).leave(5004, LINK);
    assert.equal(modeOf(path), 0o700);
    assert.equal(modeOf(join(path, "5004.link")), 0o600);
  });
});

Deno.test("a folder that is a link to elsewhere is refused and not read", () => {
  if (Deno.build.os === "windows") return;
  withFolder((folder) => {
    const real = join(folder, "real");
    new LinkFolder(real).leave(5004, LINK);
    Deno.symlinkSync(real, join(folder, "streamer"));
    const links = new LinkFolder(join(folder, "streamer"));
    assert.equal(links.find(5004), undefined);
    assertRefused(links, /link to elsewhere/);
  });
});

Deno.test("a file in the folder's place is refused", () => {
  withFolder((folder) => {
    const path = join(folder, "streamer");
    Deno.writeTextFileSync(path, "");
    assertRefused(new LinkFolder(path), /Can't leave the join link in/);
  });
});

Deno.test("a file that others may read, that is a link, or that is too large is not believed", () => {
  if (Deno.build.os === "windows") return;
  withFolder((folder) => {
    const links = new LinkFolder(folder);
    links.leave(5004, LINK);
    const file = join(folder, "5004.link");
    Deno.chmodSync(file, 0o644);
    assert.equal(links.find(5004), undefined);
    Deno.chmodSync(file, 0o600);
    assert.equal(links.find(5004), LINK);

    Deno.symlinkSync(file, join(folder, "5005.link"));
    assert.equal(links.find(5005), undefined);
    Deno.writeTextFileSync(file, "x".repeat(5000));
    assert.equal(links.find(5004), undefined);
  });
});

Deno.test("a folder that others may write to is not believed until it is made private", () => {
  if (Deno.build.os === "windows") return;
  withFolder((folder) => {
    const links = new LinkFolder(folder);
    links.leave(5004, LINK);
    Deno.chmodSync(folder, 0o770);
    assert.equal(links.find(5004), undefined);
    links.leave(5004, LINK);
    assert.equal(links.find(5004), LINK);
  });
});

Deno.test("what somebody else owns is refused and not read", () => {
  // Only root can give a folder away; anyone else is shown one that root owns.
  if (Deno.build.os === "windows") return;
  withFolder((folder) => {
    const links = new LinkFolder(Deno.uid() === 0 ? join(folder, "streamer") : "/usr");
    if (Deno.uid() === 0) {
      links.leave(5004, LINK);
      Deno.chownSync(links.path, 12_345, 12_345);
    }
    assert.equal(links.find(5004), undefined);
    assertRefused(links, /belongs to another user/);
  });
});

Deno.test("the runtime folder comes first, but for one that is missing or somebody else's", () => {
  withFolder((folder) => {
    const places = { temporaryFolder: "/tmp", userId: 1000 };
    assert.equal(
      chooseLinkFolder({ ...places, runtimeFolder: folder }),
      join(folder, "streamer"),
    );
    const shared = join("/tmp", "streamer-1000");
    assert.equal(chooseLinkFolder({ ...places, runtimeFolder: undefined }), shared);
    assert.equal(chooseLinkFolder({ ...places, runtimeFolder: "" }), shared);
    assert.equal(chooseLinkFolder({ ...places, runtimeFolder: join(folder, "gone") }), shared);
    const own = { runtimeFolder: undefined, temporaryFolder: folder, userId: undefined };
    assert.equal(chooseLinkFolder(own), join(folder, "streamer"));
  });
});

function assertRefused(links: LinkFolder, reason: RegExp): void {
  assert.throws(() => links.leave(5006, LINK), (error: unknown) => {
    assert.ok(error instanceof CommandError);
    assert.match(error.message, reason);
    assert.ok(error.message.includes(links.path));
    assert.ok(error.message.includes("XDG_RUNTIME_DIR"));
    assert.ok(!error.message.includes("secret"), "the message tells the token");
    return true;
  });
}

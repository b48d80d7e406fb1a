import assert from "node:assert/strict";
import { join } from "node:path";
import { LinkFolder, LinkFolders, linkFoldersOf } from "../../../shared/system/runtime_folder.ts";
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
    assertRefused(links, /symbolic link/);
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

Deno.test("files and folders that somebody else owns are refused and not read", () => {
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

Deno.test("a link is stored in the first folder that this user can use, and is found there", () => {
  withFolder((folder) => {
    const paths = ["taken", "shared", "home"].map((name) => join(folder, name));
    // As a neighbour would: what is in its place is no folder of this user's.
    Deno.writeTextFileSync(paths[0]!, "");
    const links = new LinkFolders(paths);
    assert.equal(links.find(5004), undefined);
    links.leave(5004, LINK);
    assert.equal(links.find(5004), LINK);
    assert.equal(new LinkFolder(paths[1]!).find(5004), LINK);
    // Another host, once the neighbour has gone: its link is the one that counts.
    Deno.removeSync(paths[0]!);
    links.leave(5004, LINK + "2");
    assert.equal(links.find(5004), LINK + "2");
    assert.equal(new LinkFolder(paths[1]!).find(5004), undefined);
    links.remove(5004);
    assert.equal(links.find(5004), undefined);
  });
});

Deno.test("a neighbour's folder in the shared place is passed over", () => {
  // Only root can give a folder away; anyone else is shown one that root owns.
  if (Deno.build.os === "windows") return;
  withFolder((folder) => {
    const isRoot = Deno.uid() === 0;
    const taken = isRoot ? join(folder, "taken") : "/usr";
    if (isRoot) {
      new LinkFolder(taken).leave(5004, "streamer://127.0.0.1:5004/?t=neighbours");
      Deno.chownSync(taken, 12_345, 12_345);
    }
    const links = new LinkFolders([taken, join(folder, "home")]);
    links.leave(5004, LINK);
    assert.equal(links.find(5004), LINK);
  });
});

Deno.test("where no folder can be had, the first one is named", () => {
  withFolder((folder) => {
    const paths = ["one", "two"].map((name) => join(folder, name));
    for (const path of paths) Deno.writeTextFileSync(path, "");
    const links = new LinkFolders(paths);
    assert.equal(links.find(5006), undefined);
    links.remove(5006);
    assertRefused(links, new RegExp(`Can't leave the join link in ${paths[0]!}`), paths[0]!);
  });
});

Deno.test("the runtime folder comes first, but for one that is missing or somebody else's", () => {
  withFolder((folder) => {
    const places = { temporaryFolder: "/tmp", stateFolder: "/home/ann/.state", userId: 1000 };
    const others = [join("/tmp", "streamer-1000"), join("/home/ann/.state", "streamer")];
    assert.deepEqual(
      linkFoldersOf({ ...places, runtimeFolder: folder }),
      [join(folder, "streamer"), ...others],
    );
    for (const runtimeFolder of [undefined, "", join(folder, "gone")]) {
      assert.deepEqual(linkFoldersOf({ ...places, runtimeFolder }), others);
    }
    const own = { ...places, runtimeFolder: undefined, temporaryFolder: folder, userId: undefined };
    assert.equal(linkFoldersOf(own)[0], join(folder, "streamer"));
  });
});

function assertRefused(
  links: LinkFolder | LinkFolders,
  reason: RegExp,
  path = links instanceof LinkFolder ? links.path : "",
): void {
  assert.throws(() => links.leave(5006, LINK), (error: unknown) => {
    assert.ok(error instanceof CommandError);
    assert.match(error.message, reason);
    assert.ok(error.message.includes(path));
    assert.ok(error.message.includes("XDG_RUNTIME_DIR"));
    assert.ok(!error.message.includes("secret"), "the message tells the token");
    return true;
  });
}

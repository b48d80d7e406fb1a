import assert from "node:assert/strict";
import {
  changeTokenRegister,
  followTokenRegister,
  makeTokenRegister,
  readTokenRegister,
} from "../../../../server/tokens/io/token_file.ts";
import {
  publicPart,
  revokeTokens,
  serializeTokenRegister,
  type TokenRegister,
} from "../../../../server/tokens/token_register.ts";
import { CommandError } from "../../../../shared/core/errors.ts";
import { ManualClock } from "../../../fakes/manual_clock.ts";
import { NOBODY, testAsRoot } from "../../../as_root.ts";
import { TemporaryFolder } from "../../../e2e/fixtures.ts";
import { inAllEncodings, utf16 } from "../../../shared/text/encodings.ts";
import { entry } from "../token_kit.ts";

const revokeAnn = (register: TokenRegister) => revokeTokens(register, "Ann", 77);

/** A folder with a file of tokens in it, Ann's among them. */
class Club implements AsyncDisposable {
  readonly #folder = new TemporaryFolder();
  readonly register = this.file("club.json");

  static async create(part = (register: TokenRegister) => register): Promise<Club> {
    const club = new Club();
    const register = { ...await makeTokenRegister(), tokens: [entry({ name: "Ann" })] };
    await Deno.writeTextFile(club.register, serializeTokenRegister(part(register)), {
      mode: 0o600,
    });
    return club;
  }

  get path(): string {
    return this.#folder.path;
  }

  file(name: string): string {
    return this.#folder.file(name);
  }

  /** No temporary file remains after a change. */
  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).sort();
  }

  async isAnnRevoked(path = this.register): Promise<boolean> {
    return (await readTokenRegister(path)).tokens[0]!.revokedAt === 77;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function complaint(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error) => error);
  assert(error instanceof CommandError, String(error));
  assert(!error.message.includes("\n"));
  return error.message;
}

Deno.test("a change through symbolic links changes the file behind them, and leaves them links", async () => {
  await using club = await Club.create();
  await Deno.mkdir(club.file("etc"));
  await Deno.symlink("../club.json", club.file("etc/club.json"));
  await Deno.symlink("etc/club.json", club.file("outer.json"));
  await changeTokenRegister(club.file("outer.json"), revokeAnn);
  assert(await club.isAnnRevoked(), "whoever reads the file itself sees it");
  assert(await club.isAnnRevoked(club.file("outer.json")));
  for (const link of ["outer.json", "etc/club.json"]) {
    assert(Deno.lstatSync(club.file(link)).isSymlink, link);
  }
  assert.deepEqual(club.names(), ["club.json", "etc", "outer.json"]);
});

Deno.test("a link to a missing file is reported, and nothing is created in its place", async () => {
  await using club = await Club.create();
  await Deno.symlink("gone.json", club.file("link.json"));
  for (const makeFirst of [undefined, makeTokenRegister]) {
    const text = await complaint(changeTokenRegister(club.file("link.json"), revokeAnn, makeFirst));
    assert.match(text, /link\.json.*is a link to gone\.json, which does not exist/);
  }
  assert.deepEqual(club.names(), ["club.json", "link.json"]);
});

Deno.test("a file with two names is not changed under one of them, which is reported with what to do", async () => {
  await using club = await Club.create();
  await Deno.link(club.register, club.file("host.json"));
  for (const path of [club.register, club.file("host.json")]) {
    const text = await complaint(changeTokenRegister(path, revokeAnn));
    assert.match(text, /2 names.*Nothing was changed.*symbolic link/);
  }
  assert(!await club.isAnnRevoked() && !await club.isAnnRevoked(club.file("host.json")));
  await Deno.remove(club.file("host.json"));
  await changeTokenRegister(club.register, revokeAnn);
  assert(await club.isAnnRevoked());
  assert.deepEqual(club.names(), ["club.json"]);
});

const hasNoModes = Deno.build.os === "windows";
Deno.test(
  "users who may read the file may also read it after a change",
  { ignore: hasNoModes },
  async () => {
    await using club = await Club.create(publicPart);
    for (const mode of [0o640, 0o644, 0o600, 0o664]) {
      await Deno.chmod(club.register, mode);
      await changeTokenRegister(club.register, revokeAnn);
      assert.equal(Deno.statSync(club.register).mode! & 0o7777, mode);
    }
    assert(await club.isAnnRevoked());
  },
);

testAsRoot("what root changes still belongs to whom it belonged, who can read it", async () => {
  await using club = await Club.create();
  await Deno.chown(club.path, NOBODY, NOBODY);
  await Deno.chown(club.register, NOBODY, NOBODY);
  await changeTokenRegister(club.register, revokeAnn);
  const { uid, gid, mode } = Deno.statSync(club.register);
  assert.deepEqual([uid, gid, mode! & 0o7777], [NOBODY, NOBODY, 0o600]);
  const { success, stdout } = await new Deno.Command("cat", {
    args: [club.register],
    // That user may not be allowed into the folder of the tests, such as root's own.
    cwd: club.path,
    uid: NOBODY,
    gid: NOBODY,
  }).output();
  assert(success, "as that user");
  assert.match(new TextDecoder().decode(stdout), /"revokedAt": 77/);
});

// A container that mounts the file and not its folder keeps the old, unlinked file.
const ignore = Deno.build.os !== "linux";
Deno.test("a host whose file was replaced out of its sight says so", { ignore }, async () => {
  await using club = await Club.create();
  using _open = await Deno.open(club.register);
  const mounted = openedAs(club.register);
  await changeTokenRegister(club.register, revokeAnn);
  const stopping = new AbortController();
  const problems: string[] = [];
  const onProblem = (text: string) => {
    problems.push(text);
    stopping.abort();
  };
  const options = { clock: new ManualClock(), signal: stopping.signal, onProblem };
  for await (const _register of followTokenRegister(mounted, options)) {
    assert.fail("not the change");
  }
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /can't see: mount its folder, not the file.*stays in force/);
});

/** A path to an open file of this process, valid even after its own name is gone. */
function openedAs(path: string): string {
  const folder = "/proc/self/fd";
  const names = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`);
  const found = names.find((name) => {
    try {
      return Deno.readLinkSync(name) === path;
    } catch {
      return false;
    }
  });
  assert(found, "it is open");
  return found;
}

Deno.test("a file of tokens is read in whatever encoding it was saved", async () => {
  await using club = await Club.create();
  const text = await Deno.readTextFile(club.register);
  for (const [name, bytes] of inAllEncodings(text)) {
    await Deno.writeFile(club.register, bytes);
    assert.equal((await readTokenRegister(club.register)).tokens[0]?.name, "Ann", name);
    await changeTokenRegister(club.register, revokeAnn);
    assert(await club.isAnnRevoked(), name);
  }
  await Deno.writeFile(club.register, utf16(text));
  assert.match(await complaint(readTokenRegister(club.register)), /club\.json.*save it as UTF-8/);
});

Deno.test("a token given for the file of tokens is not repeated", async () => {
  for (const path of ["secret", "/secret", "a/secret", "secret".repeat(99)]) {
    const read = () => readTokenRegister(path);
    for (const work of [read, () => changeTokenRegister(path, revokeAnn)]) {
      const text = await complaint(work());
      assert.match(text, /^--tokens …: /);
      assert.doesNotMatch(text, /secret/);
    }
  }
});

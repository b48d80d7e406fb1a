import assert from "node:assert/strict";
import { findTarget, isLoopback } from "../../../client/session/target.ts";
import type { ConnectOptions } from "../../../client/interface/config.ts";
import { systemMachine } from "../../../shared/system/system_machine.ts";
import { CommandError } from "../../../shared/core/errors.ts";
import { formatHostKey, type LinkStore } from "../../../shared/admission/join_link.ts";
import { inAllEncodings, utf16 } from "../../shared/text/encodings.ts";

function options(fields: Partial<ConnectOptions> = {}): ConnectOptions {
  return { host: "127.0.0.1", port: 5004, latency: "normal", ...fields };
}

function links(find: (port: number) => string | undefined): LinkStore {
  return { find, leave() {}, remove() {} };
}

Deno.test("a link says it all", async () => {
  const { server, token } = await findTarget(
    options({
      link: "streamer://[::1]:6000/?t=abc",
      host: "ignored.example",
    }),
    systemMachine,
  );
  assert.deepEqual(server, { hostname: "::1", port: 6000 });
  assert.equal(token, "abc");
});

Deno.test("a token given wins over one in a file, and that over the link left on this machine", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "from-file\nsecond line\n");
    const left = links(() => "streamer://127.0.0.1:5004/?t=left");
    const token = async (fields: Partial<ConnectOptions>) =>
      (await findTarget(options({ links: left, ...fields }), systemMachine)).token;
    assert.equal(await token({ token: "given", tokenFile: file }), "given");
    assert.equal(await token({ tokenFile: file }), "from-file");
    assert.equal(await token({}), "left");
    assert.equal(await token({ host: "192.0.2.7" }), undefined, "not for other machines");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a token file is read in whatever encoding it was saved, or said to be in none", async () => {
  const file = await Deno.makeTempFile({ suffix: ".token" });
  try {
    for (const [name, bytes] of inAllEncodings("Grêmio 2\r\nsecond line\r\n")) {
      await Deno.writeFile(file, bytes);
      assert.equal(
        (await findTarget(options({ tokenFile: file }), systemMachine)).token,
        "Grêmio 2",
        name,
      );
    }
    for (const bytes of [utf16("abc\r\n"), Uint8Array.of(0x47, 0x72, 0xea)]) {
      await Deno.writeFile(file, bytes);
      await assert.rejects(findTarget(options({ tokenFile: file }), systemMachine), (error) => {
        assert.ok(error instanceof CommandError);
        return error.exitCode === 2 && error.message.includes(`${file} `) &&
          /save it as UTF-8/.test(error.message);
      });
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test({
  name: "a token file that leads to a device without an end is refused, and not read for ever",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const tokenFile = `${folder}/my.token`;
    try {
      await Deno.symlink("/dev/zero", tokenFile);
      await assert.rejects(
        findTarget(options({ tokenFile }), systemMachine),
        /my\.token is too long for a token file/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("the link left behind is read again when the host comes back; what was given stays", async () => {
  let left = "streamer://127.0.0.1:5004/?t=first";
  const store = links((port) => port === 5004 ? left : undefined);
  const found = await findTarget(options({ links: store }), systemMachine);
  const given = await findTarget(options({ links: store, token: "given" }), systemMachine);
  left = "streamer://127.0.0.1:5004/?t=second";
  assert.equal(found.renew().token, "second");
  assert.equal(given.renew().token, "given");
});

Deno.test("the key is the link's, else that of the link left behind, and the newer when that changes", async () => {
  const key = (byte: number) => new Uint8Array(32).fill(byte);
  const linkOf = (byte: number) => `streamer://127.0.0.1:5004/?t=x&k=${formatHostKey(key(byte))}`;
  let left = linkOf(1);
  const store = links(() => left);
  const given = await findTarget(options({ link: linkOf(2), links: store }), systemMachine);
  const found = await findTarget(options({ token: "given", links: store }), systemMachine);
  assert.deepEqual([given.hostKey, found.hostKey], [key(2), key(1)]);
  assert.deepEqual(given.renew().hostKey, key(2));
  left = linkOf(3);
  assert.deepEqual([given.renew().hostKey, found.renew().hostKey], [key(3), key(3)]);
  left = "streamer://127.0.0.1:5004/?t=x&k=broken";
  assert.deepEqual([given.renew().hostKey, found.renew().hostKey], [key(2), undefined]);
});

Deno.test("mistakes are reported with what to do, and without the token", async () => {
  const complaint = async (fields: Partial<ConnectOptions>) => {
    const error = await findTarget(options(fields), systemMachine).then(
      () => undefined,
      (error) => error,
    );
    assert.ok(error instanceof CommandError);
    return error;
  };
  const badLink = await complaint({ link: "http://x/?t=secret" });
  assert.equal(badLink.exitCode, 2);
  assert.doesNotMatch(badLink.message, /secret/);
  const cutKey = await complaint({ link: "streamer://127.0.0.1:1/?t=secret&k=XyZ" });
  assert.equal(cutKey.exitCode, 2);
  assert.match(cutKey.message, /k=/);
  assert.doesNotMatch(cutKey.message, /secret/);
  const missing = await complaint({ tokenFile: "/tmp/nowhere" });
  assert.equal(missing.exitCode, 2);
  assert.match(missing.message, /\/tmp\/nowhere/);
  for (
    const tokenFile of ["secret", "/secret", "secret/secret", "eyJ.secret.x", "secret".repeat(99)]
  ) {
    const { exitCode, message } = await complaint({ tokenFile });
    assert.equal(exitCode, 2);
    assert.match(message, /^--token-file … .*--token/);
    assert.doesNotMatch(message, /secret/);
  }
  const empty = await Deno.makeTempFile();
  assert.match((await complaint({ tokenFile: empty })).message, /no token/);
  await Deno.remove(empty);
  const nobody = await complaint({ host: "nobody.invalid" });
  assert.equal(nobody.exitCode, 1);
  assert.match(nobody.message, /nobody\.invalid/);
});

Deno.test("a token from a shell is read without the end of its line, and refused when it is garbled", async () => {
  assert.equal((await findTarget(options({ token: "secret\r" }), systemMachine)).token, "secret");
  // What is left of a token in UTF-16 that a shell took for UTF-8.
  await assert.rejects(
    findTarget(options({ token: "\ufffd\ufffdsecret\r" }), systemMachine),
    (error) => {
      assert.ok(error instanceof CommandError);
      return error.exitCode === 2 && /--token-file/.test(error.message) &&
        !error.message.includes("secret");
    },
  );
});

Deno.test("a name or a token that fits no JOIN is reported as a mistake, without the token", async () => {
  const wrong = async (fields: Partial<ConnectOptions>) => {
    const error = await findTarget(options(fields), systemMachine).then(
      () => undefined,
      (error) => error,
    );
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, 2);
    return error.message;
  };
  const long = "x".repeat(701);
  assert.match(await wrong({ name: "x".repeat(65) }), /^--name is too long/);
  assert.match(await wrong({ name: "é".repeat(65) }), /^--name/);
  assert.match(await wrong({ name: "世".repeat(43) }), /^--name/);
  for (const fields of [{ token: long }, { token: "é".repeat(351) }, { token: '"'.repeat(600) }]) {
    const message = await wrong(fields);
    assert.match(message, /^The token is too long/);
    assert.ok(!message.includes(fields.token));
  }
  assert.match(await wrong({ name: '"'.repeat(64), token: '"'.repeat(440) }), /together/);
  const fitting = { name: "é".repeat(64), token: "x".repeat(700) };
  assert.equal((await findTarget(options(fitting), systemMachine)).token, fitting.token);
});

Deno.test("which addresses are this machine's own", () => {
  assert.deepEqual(["127.0.0.1", "127.5.5.5", "::1"].map(isLoopback), [true, true, true]);
  assert.deepEqual(["10.0.0.1", "1127.0.0.1", "fe80::1"].map(isLoopback), [false, false, false]);
});

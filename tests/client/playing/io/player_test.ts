import assert from "node:assert/strict";
import {
  openPlayer,
  type Player,
  type PlayerCommand,
  playerCommands,
} from "../../../../client/playing/io/player.ts";
import { testWith } from "../../../tools.ts";

const MISSING: PlayerCommand = { name: "no-such-player-here", args: [] };

/** A player that does what the script says; its standard input is `Deno.stdin`. */
function scripted(script: string, ...args: string[]): PlayerCommand {
  return { name: Deno.execPath(), args: ["eval", script, ...args] };
}

Deno.test("player: the first that is installed gets every byte in order, and ends at its own pace", async () => {
  const path = Deno.makeTempFileSync();
  const copies = scripted(
    "await Deno.stdin.readable.pipeTo((await Deno.open(Deno.args[0], { write: true })).writable)",
    path,
  );
  const { player, notices } = await open([MISSING, copies]);
  for (let index = 0; index < 100; index++) player!.write(new Uint8Array(300).fill(index));
  await player!.close();
  const expected = Uint8Array.from({ length: 30_000 }, (_, position) => Math.floor(position / 300));
  assert.deepEqual(Deno.readFileSync(path), expected);
  assert.equal(player!.droppedBytes, 0);
  assert.deepEqual(notices, []);
  Deno.removeSync(path);
});

Deno.test("player: it is no error when none is installed", async () => {
  assert.equal((await open([MISSING, MISSING])).player, undefined);
});

Deno.test("player: one that ends early is reported once, and further writing does no harm", async () => {
  const { player, notices, untilNotice } = await open([scripted("Deno.exit(3)")]);
  player!.write(new Uint8Array(1000));
  await untilNotice;
  for (let index = 0; index < 10; index++) player!.write(new Uint8Array(1000));
  assert(player!.droppedBytes >= 10_000);
  await player!.close();
  assert.equal(notices.length, 1);
  assert.match(notices[0]!, /has ended \(exit status 3\): the sound stops, listening continues$/);
});

Deno.test("player: one that does not read loses sound, which is counted and reported once", async () => {
  // It goes when its input ends, like a player whose sound device hangs.
  const { player, notices } = await open([scripted("setInterval(() => {}, 1000)")]);
  for (let index = 0; index < 100; index++) player!.write(new Uint8Array(4000));
  assert(player!.droppedBytes > 300_000, `${player!.droppedBytes}`);
  assert.equal(notices.length, 1);
  assert.match(notices[0]!, /can't keep up/);
  await player!.close();
});

Deno.test("player: mpg123 is for MP3 alone, everything goes through standard input", () => {
  const names = (codec: "mp3" | "opus") => playerCommands({ codec }).map(({ name }) => name);
  assert.deepEqual(names("mp3"), ["ffplay", "mpv", "mpg123", "gst-launch-1.0", "gst-play-1.0"]);
  assert.deepEqual(names("opus"), ["ffplay", "mpv", "gst-launch-1.0", "gst-play-1.0"]);
});

const ASSETS = new URL("../../../../scripts/demo/assets/", import.meta.url);
/** The players of this machine, told to play into nowhere. */
const REAL_PLAYERS = {
  ffplay: (args: readonly string[]) => args,
  mpv: (args: readonly string[]) => ["--ao=null", ...args],
  mpg123: (args: readonly string[]) => ["-o", "dummy", ...args],
  "gst-launch-1.0": (args: readonly string[]) =>
    args.map((arg) => arg === "autoaudiosink" ? "fakesink" : arg),
  "gst-play-1.0": (args: readonly string[]) => ["--audiosink=fakesink", ...args],
};

for (const codec of ["mp3", "opus"] as const) {
  for (const command of playerCommands({ codec })) {
    const silence = REAL_PLAYERS[command.name as keyof typeof REAL_PLAYERS];
    const tools = command.name === "ffplay" ? ["ffmpeg"] as const : [command.name as "mpg123"];
    testWith(
      tools,
      `player: ${command.name} plays ${codec} and ends when the sound does`,
      async () => {
        // SDL, below ffplay, then needs no sound device.
        Deno.env.set("SDL_AUDIODRIVER", "dummy");
        const { player, notices } = await open([{ ...command, args: silence(command.args) }]);
        player!.write(Deno.readFileSync(new URL(`commentary.${codec}`, ASSETS)).slice(0, 8000));
        await player!.close();
        assert.equal(player!.name, command.name);
        assert.equal(player!.droppedBytes, 0);
        assert.deepEqual(notices, []);
      },
    );
  }
}

async function open(commands: readonly PlayerCommand[]) {
  const notices: string[] = [];
  const noticed = Promise.withResolvers<void>();
  const onNotice = (text: string) => {
    notices.push(text);
    noticed.resolve();
  };
  const player: Player | undefined = await openPlayer(commands, onNotice);
  return { player, notices, untilNotice: noticed.promise };
}

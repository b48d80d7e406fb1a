import assert from "node:assert/strict";
import type { ListenerOutput } from "../../client/output.ts";
import { SoundOut } from "../../client/sound_out.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import { acceptInfo, audioChannel, eventsChannel, HOST } from "./scripted_host.ts";

function joined(fields: Parameters<typeof audioChannel>[1] = {}): ListenerOutput {
  const channels = [audioChannel(0, fields), eventsChannel(0)];
  const info = acceptInfo(0, { channels });
  return { kind: "joined", connectionId: "1", info, server: HOST, again: false, secrecy: "plain" };
}

const audio = (index: number): ListenerOutput => ({
  kind: "audio",
  frames: [mp3Frame(index)],
  mediaTime: 0,
  lostBefore: 0,
});

Deno.test("a host that comes back with the same sound goes on in the same recording", async () => {
  const path = await Deno.makeTempFile();
  const notices: string[] = [];
  const sound = new SoundOut({ play: false, record: path }, (text) => notices.push(text));
  for (const output of [joined(), audio(1), joined(), audio(2)]) sound.onOutput(output);
  await sound.close();
  assert.equal((await Deno.stat(path)).size, 2 * 208);
  assert.deepEqual(notices, []);
  await Deno.remove(path);
});

Deno.test("another kind of sound ends the recording, and says so", async () => {
  const path = await Deno.makeTempFile();
  const notices: string[] = [];
  const sound = new SoundOut({ play: false, record: path }, (text) => notices.push(text));
  for (const output of [joined(), audio(1), joined({ sampleRate: 48_000 }), audio(2)]) {
    sound.onOutput(output);
  }
  await sound.close();
  assert.equal((await Deno.stat(path)).size, 208);
  assert.equal(notices.length, 1);
  assert.match(notices[0]!, /recording .* ends here/);
  await Deno.remove(path);
});

Deno.test("a broadcast without sound records and plays nothing", async () => {
  const sound = new SoundOut({ play: true }, () => assert.fail("nothing to say"));
  const info = acceptInfo(0, { channels: [eventsChannel(0)] });
  sound.onOutput({
    kind: "joined",
    connectionId: "1",
    info,
    server: HOST,
    again: false,
    secrecy: "plain",
  });
  await sound.close();
  assert.equal(sound.playerName, undefined);
});

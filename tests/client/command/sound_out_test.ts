import assert from "node:assert/strict";
import type { ListenerOutput } from "../../../client/interface/output.ts";
import { Recording } from "../../../client/command/recording.ts";
import { SoundOut } from "../../../client/command/sound_out.ts";
import { mp3Frame } from "../../fakes/mp3_frames.ts";
import { acceptInfo, audioChannel, eventsChannel, HOST } from "../scripted_host.ts";

function joined(fields: Parameters<typeof audioChannel>[1] = {}): ListenerOutput {
  const channels = [audioChannel(0, fields), eventsChannel(0)];
  const info = acceptInfo(0, { channels });
  return { kind: "joined", connectionId: "1", info, server: HOST, again: false, secrecy: "plain" };
}

const audio = (index: number): ListenerOutput => ({
  kind: "audio",
  channel: "audio",
  frames: [mp3Frame(index)],
  mediaTime: 0,
  lostBefore: 0,
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function record(path: string) {
  const notices: string[] = [];
  const files: string[] = [];
  const recording = new Recording(path, {
    onNotice: (text) => notices.push(text),
    onBegin: (file) => files.push(file),
  });
  const sound = new SoundOut({ play: false, recording }, (text) => notices.push(text));
  return { sound, notices, files };
}

const sizeOf = (path: string) => Deno.statSync(path).size;

Deno.test("when a host returns with the same sound, the same recording continues", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/match.mp3`;
    const { sound, notices, files } = record(path);
    for (const output of [joined(), audio(1), joined(), audio(2)]) sound.onOutput(output);
    await sound.close();
    assert.equal(sizeOf(path), 2 * 208);
    assert.deepEqual([notices, files], [[], [path]]);
  });
});

Deno.test("the frames of another channel than the sound are not recorded", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/match.mp3`;
    const { sound } = record(path);
    const screen: ListenerOutput = {
      kind: "audio",
      channel: "screen",
      frames: [mp3Frame(2)],
      mediaTime: 0,
      lostBefore: 0,
    };
    for (const output of [joined(), audio(1), screen, audio(3)]) sound.onOutput(output);
    await sound.close();
    assert.equal(sizeOf(path), 2 * 208);
  });
});

Deno.test("another kind of sound is recorded to a numbered file, and each further change to the next one", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/match.mp3`;
    Deno.writeTextFileSync(`${folder}/match-2.mp3`, "somebody else's");
    const { sound, notices, files } = record(path);
    const other = joined({ sampleRate: 48_000 });
    for (const output of [joined(), audio(1), other, audio(2), audio(3), joined(), audio(4)]) {
      sound.onOutput(output);
    }
    await sound.close();
    const goneOn = [3, 4].map((number) => `${folder}/match-${number}.mp3`);
    assert.deepEqual([path, ...goneOn].map(sizeOf), [208, 416, 208]);
    assert.deepEqual(files, [path, ...goneOn]);
    assert.equal(Deno.readTextFileSync(`${folder}/match-2.mp3`), "somebody else's");
    assert.equal(notices.length, 2);
    assert.match(notices[0]!, /recording continues in .*match-3\.mp3$/);
  });
});

Deno.test("when another kind of sound can't be recorded, the recording ends, which is reported once", async () => {
  await inFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/in`);
    const { sound, notices } = record(`${folder}/in/match.mp3`);
    for (const output of [joined(), audio(1)]) sound.onOutput(output);
    Deno.removeSync(`${folder}/in`, { recursive: true });
    for (const output of [joined({ sampleRate: 48_000 }), audio(2)]) sound.onOutput(output);
    await sound.close();
    assert.equal(notices.length, 1);
    assert.match(
      notices[0]!,
      /recording ends here\. --record .*match\.mp3 is in a folder that does not exist/,
    );
  });
});

Deno.test("a listener that gets no sound leaves no empty recording", async () => {
  await inFolder(async (folder) => {
    const { sound } = record(`${folder}/match.mp3`);
    await sound.close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
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

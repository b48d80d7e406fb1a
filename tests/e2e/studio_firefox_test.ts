import assert from "node:assert/strict";
import { requireTool, testWith } from "../tools.ts";
import { TestFirefox } from "./firefox.ts";
import { run, TemporaryFolder } from "./fixtures.ts";
import { CaptureScene, screenFile, soundFile } from "./studio_capture.ts";

/** Something on the screen that moves. */
const BALL = `{
  const ball = document.createElement("div");
  ball.style.cssText = "position:fixed;top:200px;width:120px;height:120px;background:#c30";
  document.body.append(ball);
  let at = 0;
  setInterval(() => ball.style.left = (at = (at + 9) % 700) + "px", 33);
}`;

async function framesOf(bytes: Uint8Array, name: string): Promise<string[]> {
  await using folder = new TemporaryFolder();
  const file = folder.file(name);
  await Deno.writeFile(file, bytes);
  const args = [
    "-nostdin",
    "-v",
    "error",
    "-i",
    file,
    "-fps_mode",
    "passthrough",
    "-f",
    "framemd5",
    "-",
  ];
  const text = await run(requireTool("ffmpeg"), args);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** Does something for a click, as browsers want it. */
async function press(firefox: TestFirefox, action: string): Promise<void> {
  await firefox.evaluate(`void (document.getElementById("go").onclick = () => void ${action})`);
  await firefox.click("#go");
}

testWith(
  ["firefox-esr", "Xvfb", "pulseaudio", "ffmpeg"],
  "Firefox brings sound by Web Audio and a screen by frame callbacks, and ffmpeg decodes both",
  async () => {
    await using scene = await CaptureScene.open();
    await using firefox = await TestFirefox.launch();
    await firefox.open(scene.url("studio"));
    await firefox.evaluate("studio.opened.then(() => 0)");
    await firefox.evaluate(`void eval(${JSON.stringify(BALL)})`);

    const wishes = JSON.stringify({ channelCount: 2, bitrate: 64_000, use: "voice" });
    await press(firefox, `studio.sound.start(${wishes})`);
    await scene.until("sound", 100);
    const { format } = scene.of("sound-started")[0]!;
    const frames = scene.of("sound").map(({ frame }) => frame);
    assert.ok(frames.every(({ sampleCount }) => sampleCount === 960));
    const blocks = await framesOf(soundFile(format, frames), "a.ogg");
    // Silent blocks would all be the same.
    assert.ok(new Set(blocks.map((line) => line.split(",").at(-1))).size > blocks.length / 2);
    await firefox.evaluate("studio.sound.stop()");
    await scene.until("sound-stopped", 1);

    const options = { content: "text", width: 1280, height: 720, rate: 15, bitrate: 1_000_000 };
    await press(firefox, `studio.screen.start(${JSON.stringify(options)})`);
    await scene.until("picture", 20);
    const pictures = scene.of("picture");
    // Its H.264 keeps 42 pictures back, which is found out.
    const { codec, width, height } = scene.of("screen-started")[0]!.format;
    assert.deepEqual([width, height], [1280, 720]);
    const decoded = await framesOf(screenFile(pictures), codec === "h264" ? "a.h264" : "a.ivf");
    const different = new Set(decoded.map((line) => line.split(",").at(-1))).size;
    assert.ok(different > pictures.length / 2, `${different} of ${pictures.length} are different`);
    const before = scene.of("picture").length;
    scene.tell({ isKeyFrameWanted: true });
    await scene.until("picture", before + 15);
    assert.ok(scene.of("picture").slice(before).some(({ picture }) => picture.isKey));
    assert.deepEqual(scene.malformed, []);
  },
);

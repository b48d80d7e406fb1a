import assert from "node:assert/strict";
import {
  encoderOf,
  grabArguments,
  type GrabOptions,
  grabProblem,
  installAdvice,
} from "../../../../../server/origin/screen/desktop/grabber.ts";

const OPTIONS: GrabOptions = {
  platform: "linux",
  display: ":3",
  codec: "h264",
  rate: 15,
  bitrate: 1_500_000,
};

function line(changes: Partial<GrabOptions> = {}): string {
  return grabArguments({ ...OPTIONS, ...changes }).join(" ");
}

Deno.test("each platform has its own grabber", () => {
  assert.match(line(), / -f x11grab -framerate 15 -i :3 /);
  assert.match(line({ platform: "darwin" }), / -f avfoundation .*-i Capture screen 0:none /);
  assert.match(line({ platform: "windows" }), / -f gdigrab -framerate 15 -i desktop /);
});

Deno.test("H.264 is made for live use, with a key frame every 2 s, at most at the bitrate", () => {
  const text = line({ rate: 12.5 });
  assert.match(text, /-c:v libx264 .*-tune zerolatency -profile:v baseline/);
  assert.match(text, /-force_key_frames expr:gte\(t,n_forced\*2\) -g 25 /);
  assert.match(text, /-maxrate 1500000 -bufsize 750000/);
  assert.match(text, /-f mpegts .*-flush_packets 1 -$/);
});

Deno.test("without x264 it is VP8 in IVF", () => {
  const text = line({ codec: "vp8", bitrate: 800_000 });
  assert.match(text, /-c:v libvpx -deadline realtime .*-b:v 800000 -f ivf -flush_packets 1 -$/);
});

Deno.test("the pictures have the size that is given, or that of the desktop made even", () => {
  assert.match(
    line(),
    /-vf fps=15,scale=trunc\(iw\/2\)\*2:trunc\(ih\/2\)\*2:out_color_matrix=bt709 .*-colorspace bt709 /,
  );
  const text = line({ size: { width: 640, height: 360 } });
  assert.match(text, /scale=640:360:force_original_aspect_ratio=decrease\S*,pad=640:360:-1:-1 /);
});

Deno.test("on Linux a display is needed, elsewhere none", () => {
  assert.match(grabProblem({ platform: "linux", display: undefined })!, /DISPLAY names none/);
  assert.match(grabProblem({ platform: "linux", display: "" })!, /start serve in a desktop/);
  assert.equal(grabProblem({ platform: "linux", display: ":0" }), undefined);
  assert.equal(grabProblem({ platform: "darwin", display: undefined }), undefined);
  assert.equal(grabProblem({ platform: "windows", display: undefined }), undefined);
});

Deno.test("the encoder is the best that ffmpeg lists", () => {
  const x264 = " V....D libx264              libx264 H.264 / AVC\n";
  const vpx = " V....D libvpx               libvpx VP8 (codec vp8)\n";
  assert.equal(encoderOf(vpx + x264), "h264");
  assert.equal(encoderOf(vpx), "vp8");
  assert.equal(
    encoderOf(" V....D libx264rgb x\n V....D libvpx-vp9 x\n A....D libx264 x\n"),
    undefined,
  );
});

Deno.test("how ffmpeg is installed depends on the platform", () => {
  assert.match(installAdvice("linux"), /apt install ffmpeg/);
  assert.match(installAdvice("darwin"), /brew install ffmpeg/);
  assert.match(installAdvice("windows"), /winget install ffmpeg/);
});

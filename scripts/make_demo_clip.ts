/**
 * Makes the bundled screen of the demo: a football pitch from above on which two teams chase a ball, with a
 * clock. Writes scripts/demo/assets/pitch.mp4: H.264 baseline, 640x360, 12 pictures a second, 20 s, after which it
 * begins again without a jump.
 *
 * Needs ffmpeg with libx264 and freetype. The result is committed; run this only to change it.
 */
import { fileURLToPath } from "node:url";

const CLIP = fileURLToPath(new URL("./demo/assets/pitch.mp4", import.meta.url));
const [WIDTH, HEIGHT, RATE, SECONDS] = [640, 360, 12, 20];
const RATE_LIMIT = "150k";
const [RED, BLUE, WHITE] = ["0xd8343f", "0x2f6fde", "white"];

/** A turn that is over `turns` times when the clip is, so that its end fits its beginning. */
function turn(turns: number, start: number): string {
  return `sin(2*PI*(${turns}*t/${SECONDS}+${start.toFixed(3)}))`;
}

interface Mover {
  readonly color: string;
  readonly size: number;
  readonly x: string;
  readonly y: string;
}

function movers(): Mover[] {
  const ball = {
    color: WHITE,
    size: 10,
    x: `310+240*${turn(3, 0)}*(0.75+0.25*${turn(7, 0.2)})`,
    y: `170+120*${turn(5, 0.25)}`,
  };
  const players = Array.from({ length: 10 }, (_, index) => {
    const isRed = index < 5;
    const row = index % 5;
    const [x, y] = [isRed ? 120 + 60 * (row % 3) : 520 - 60 * (row % 3), 50 + 62 * row];
    return {
      color: isRed ? RED : BLUE,
      size: 16,
      x: `${x}+70*${turn(2 + row % 3, index / 10)}`,
      y: `${y}+24*${turn(3 + row % 2, index / 7)}`,
    };
  });
  return [...players, ball];
}

function pitch(): string {
  const line = (x: number, y: number, width: number, height: number) =>
    `drawbox=${x}:${y}:${width}:${height}:color=white@0.6:t=2`;
  const stripes = Array.from(
    { length: 5 },
    (_, index) => `drawbox=${index * 128}:0:64:${HEIGHT}:color=0x2c7a3f:t=fill`,
  );
  return [
    ...stripes,
    line(16, 24, 608, 312),
    line(319, 24, 2, 312),
    line(16, 110, 72, 140),
    line(552, 110, 72, 140),
    line(280, 140, 80, 80),
  ].join(",");
}

/** Each mover is a square of its own, moved over the pitch. */
function graph(): string {
  const all = movers();
  const squares = all.map(({ color, size }, index) =>
    `color=${color}:s=${size}x${size}:r=${RATE}:d=${SECONDS}[m${index}]`
  );
  const moves = all.map(({ x, y }, index) =>
    `[p${index}][m${index}]overlay=x='${x}':y='${y}'[p${index + 1}]`
  );
  const clock = "drawtext=text='%{pts\\:hms}':fontsize=22:fontcolor=white:box=1:" +
    "boxcolor=black@0.6:boxborderw=6:x=16:y=326";
  const ground = `color=0x256b36:s=${WIDTH}x${HEIGHT}:r=${RATE}:d=${SECONDS},${pitch()}[p0]`;
  return [ground, ...squares, ...moves, `[p${all.length}]${clock}[out]`].join(";");
}

const { success } = await new Deno.Command("ffmpeg", {
  args: [
    ...["-nostdin", "-v", "error", "-y", "-filter_complex", graph(), "-map", "[out]"],
    ...["-c:v", "libx264", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-preset", "veryslow"],
    ...["-crf", "27", "-maxrate", RATE_LIMIT, "-bufsize", RATE_LIMIT, "-g", String(2 * RATE)],
    ...["-t", String(SECONDS), "-movflags", "+faststart", "-fflags", "+bitexact", CLIP],
  ],
}).spawn().status;
if (!success) Deno.exit(1);
console.log(`${CLIP}: ${(await Deno.stat(CLIP)).size} bytes`);

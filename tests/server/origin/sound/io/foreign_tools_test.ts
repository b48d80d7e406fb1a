import assert from "node:assert/strict";
import { openAudioSource } from "../../../../../server/origin/sound/io/audio_source.ts";
import { FirstBytes } from "../../../../../server/origin/sound/io/formats/foreign_bytes.ts";
import { requireTool, testWith } from "../../../../tools.ts";

/** Formats that ffmpeg writes and their names; two seconds of sound, or one picture. */
const FORMATS: readonly (readonly [file: string, flags: readonly string[], name: string])[] = [
  ["a.wav", [], "WAV"],
  ["a.rf64", ["-f", "wav", "-rf64", "always"], "WAV (RF64)"],
  ["a.w64", [], "WAV (Wave64)"],
  ["a.aiff", [], "AIFF"],
  ["a.caf", [], "CAF"],
  ["a.au", [], "AU (Sun audio)"],
  ["a.flac", [], "FLAC"],
  ["a.wv", [], "WavPack"],
  ["a.tta", [], "TTA"],
  ["a.aac", ["-c:a", "aac"], "AAC"],
  ["a.latm", ["-c:a", "aac", "-f", "latm"], "AAC (LATM)"],
  ["id3.aac", ["-c:a", "aac", "-write_id3v2", "1", "-metadata", "title=T"], "AAC"],
  ["a.m4a", ["-c:a", "aac"], "MP4 (AAC)"],
  ["live.mp4", ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"], "MP4 (AAC)"],
  ["a.mov", ["-c:a", "aac"], "QuickTime"],
  ["a.3gp", ["-c:a", "aac"], "3GP"],
  ["a.mka", ["-c:a", "libopus"], "Matroska"],
  ["a.webm", ["-c:a", "libopus"], "WebM"],
  ["a.ts", ["-c:a", "aac"], "MPEG-TS"],
  ["mp3.ts", ["-c:a", "libmp3lame"], "MPEG-TS"],
  ["a.wma", ["-c:a", "wmav2"], "WMA (Windows Media)"],
  ["a.rm", ["-c:a", "ac3"], "RealAudio"],
  ["a.ac3", ["-c:a", "ac3"], "Dolby Digital (AC-3)"],
  ["a.flv", ["-c:a", "aac"], "Flash video"],
  ["a.avi", ["-c:a", "pcm_s16le"], "AVI"],
  ["a.mp2", ["-c:a", "mp2"], "MP2 (MPEG audio layer I or II)"],
];
const PICTURES = [["a.png", "PNG"], ["a.jpg", "JPEG"], ["a.gif", "GIF"], ["a.bmp", "BMP"]] as const;

testWith(
  ["ffmpeg"],
  "source: whatever ffmpeg writes is named, as a file and by small reads",
  async () => {
    const folder = Deno.makeTempDirSync();
    try {
      const sound = ["-f", "lavfi", "-i", "anoisesrc=d=2:a=0.3:r=48000"];
      await ffmpeg([
        ...sound,
        ...FORMATS.flatMap(([file, flags]) => ["-map", "0:a", ...flags, `${folder}/${file}`]),
      ]);
      const picture = ["-f", "lavfi", "-i", "testsrc=s=64x64", "-frames:v", "1"];
      for (const [file] of PICTURES) await ffmpeg([...picture, `${folder}/${file}`]);
      const named = PICTURES.map(([file, name]) => [file, [], `a picture (${name})`] as const);
      for (const [file, , name] of [...FORMATS, ...named]) {
        const path = `${folder}/${file}`;
        await assert.rejects(open(path), ({ message }) => {
          return message.startsWith(`--audio "${path}" is ${name}; give an MP3 or Ogg Opus file`);
        }, `${file} is not named`);
        assert.equal(nameBySmallReads(Deno.readFileSync(path)), name, file);
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

testWith(["ffmpeg"], "source: MP3 inside of WAV and MP4 plays as it did", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const file of ["mp3.wav", "mp3.mp4"]) {
      const sound = ["-f", "lavfi", "-i", "anoisesrc=d=2:a=0.3:r=44100", "-c:a", "libmp3lame"];
      await ffmpeg([...sound, `${folder}/${file}`]);
      const { format } = await open(`${folder}/${file}`);
      assert.equal(format.codec, "mp3");
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** The name after all bytes, which must be the first name that was given. */
function nameBySmallReads(bytes: Uint8Array): string | undefined {
  const first = new FirstBytes();
  for (let position = 0; position < bytes.length && !first.foreign?.isSure; position += 61) {
    first.push(bytes.subarray(position, position + 61));
  }
  return first.foreign?.name;
}

async function open(path: string) {
  const source = await openAudioSource([path], {
    loop: false,
    signal: AbortSignal.timeout(60_000),
  });
  // Read to its end, so that the file is closed.
  for await (const _frame of source.frames());
  return source;
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(requireTool("ffmpeg"), {
    args: ["-nostdin", "-v", "error", "-y", ...args],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

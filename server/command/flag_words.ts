/** Flags that take several values: `--audio A B`, or `--audio A --audio B`. */
const REPEATABLE = ["--advertise", "--audio", "--token", "--rtp-to", "--rtp-screen-to"];
const STUDIO = "--studio";
/** What `--studio` stands for without a value. */
const STUDIO_ADDRESS = "127.0.0.1:8081";
/** A port, a host with a port, or a bare word, which is meant for one: a file of sound has an ending or a folder. */
const LIKE_AN_ADDRESS = /^(?:\[[^\]\s]*\](?::\d*)?|[\w.-]+:\d{1,5}|[\d.]{7,}|::\S*|\w[\w-]*)$/i;

/** Rewrites the arguments of `serve` into the only form that the parser reads. */
export function spellOutFlags(args: readonly string[]): string[] {
  return repeatFlags(giveStudioItsValue(args));
}

/** The same for a line that a shell completes: its last word is not whole yet. */
export function spellOutUnfinished(args: readonly string[]): string[] {
  const whole = giveStudioItsValue(args.slice(0, -1));
  const last = args.slice(-1);
  const isFlag = last.every((word) => word.startsWith("-"));
  return isFlag ? [...repeatFlags(whole), ...last] : repeatFlags([...whole, ...last]);
}

/** Rewrites `--audio A B` as `--audio A --audio B`. */
export function repeatFlags(args: readonly string[]): string[] {
  let flag: string | undefined;
  let hasValue = false;
  return args.flatMap((word) => {
    if (word.startsWith("--") || word === "-h") {
      const [name = ""] = word.split("=");
      flag = REPEATABLE.includes(name) ? name : undefined;
      hasValue = word.includes("=");
      return [word];
    }
    const isFurther = flag !== undefined && hasValue;
    hasValue = true;
    return isFurther ? [flag!, word] : [word];
  });
}

/** Rewrites `--studio` and `--studio HOST:PORT` as `--studio=HOST:PORT`, since its value may be absent. */
export function giveStudioItsValue(args: readonly string[]): string[] {
  return args.flatMap((word, index) => {
    const isValue = args[index - 1] === STUDIO && LIKE_AN_ADDRESS.test(word);
    if (isValue) return [];
    if (word !== STUDIO) return [word];
    const next = args[index + 1] ?? "";
    return [`${STUDIO}=${LIKE_AN_ADDRESS.test(next) ? next : STUDIO_ADDRESS}`];
  });
}

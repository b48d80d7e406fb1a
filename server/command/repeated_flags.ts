/** Flags that take several values, in a row or one at a time. */
const REPEATABLE = ["--audio", "--token", "--rtp-to"];

/** Writes `--audio A B` as `--audio A --audio B`, which is what the parser reads. */
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

import type { System } from "./permissions.ts";

/** A system for which a release has a binary. */
export interface Target {
  /** As `deno compile --target` has it. */
  readonly triple: string;
  /** The binary's name in a release. */
  readonly file: string;
  /** The runner of GitHub that has this system, on which the binary is tried before it is published. */
  readonly runner: string;
}

export const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", file: "streamer-linux-x64", runner: "ubuntu-24.04" },
  { triple: "aarch64-unknown-linux-gnu", file: "streamer-linux-arm64", runner: "ubuntu-24.04-arm" },
  { triple: "x86_64-apple-darwin", file: "streamer-macos-x64", runner: "macos-15-intel" },
  { triple: "aarch64-apple-darwin", file: "streamer-macos-arm64", runner: "macos-15" },
  { triple: "x86_64-pc-windows-msvc", file: "streamer-windows-x64.exe", runner: "windows-2025" },
];

/** The system of `--target TRIPLE` or `--target=TRIPLE`; this machine's own without one. */
export function systemOf(args: readonly string[]): System {
  const at = args.findIndex((argument) => /^--target(=|$)/.test(argument));
  const triple = args[at]?.split("=")[1] ?? (at < 0 ? undefined : args[at + 1]) ??
    Deno.build.target;
  if (triple.includes("windows")) return "windows";
  return triple.includes("darwin") ? "darwin" : "linux";
}

import type { Address } from "../../shared/driver/socket.ts";
import type { ServeOptions } from "../interface/config.ts";
import { mayAnyoneReport } from "./report_options.ts";

/** Sound or screen of the host's own page, the studio. */
export const BROWSER = "browser";
const USUAL_ADDRESS: Address = { hostname: "127.0.0.1", port: 8081 };

/**
 * Fills in what a studio means: it is there when it is asked for or when a source is the browser, and what has no
 * other source comes from it. Filling in again changes nothing.
 */
export function withStudio<Options extends Pick<ServeOptions, "audio" | "screen" | "studio">>(
  options: Options,
): Options {
  const { audio, screen, studio } = options;
  if (studio === undefined && !audio.includes(BROWSER) && screen !== BROWSER) return options;
  return {
    ...options,
    studio: studio ?? USUAL_ADDRESS,
    audio: audio.length === 0 ? [BROWSER] : audio,
    screen: screen ?? BROWSER,
  };
}

export function isBrowserSound({ audio }: Pick<ServeOptions, "audio">): boolean {
  return audio.includes(BROWSER);
}

/** What is wrong with the options of the studio, for people; undefined when nothing is. */
export function studioProblem(options: ServeOptions): string | undefined {
  const { audio, studio, actions } = options;
  if (actions !== undefined && !studio && !mayAnyoneReport(options)) {
    return "--actions names the buttons of the studio and what listeners may report, but there is neither: " +
      "add --studio or --reports open";
  }
  if (audio.includes(BROWSER) && audio.length > 1) {
    return "--audio browser is the studio's microphone and can't be mixed with files: give either";
  }
  if (studio && !isLoopback(studio.hostname)) {
    return `--studio ${studio.hostname}: the studio is for this machine alone; give 127.0.0.1:PORT ` +
      "or [::1]:PORT";
  }
  return undefined;
}

/** A number above 255 would make it a name, which a stranger may own. */
const LOOPBACK = /^127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" ||
    LOOPBACK.test(hostname);
}

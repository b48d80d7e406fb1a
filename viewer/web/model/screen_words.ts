import type { Screen } from "../../../shared/page/page.ts";

/** What the words about the screen depend on. */
export interface ScreenView {
  readonly screen: Screen;
  /** Why nothing more comes, in a few words; undefined while something may. */
  readonly end: string | undefined;
  /** Whether page, viewer and host are connected. */
  readonly isInTouch: boolean;
  readonly hasPicture: boolean;
  /** Whether the host's source of the screen is away. */
  readonly isPaused: boolean;
  /** Whether the host's picture has been held for so long that it is worth words. */
  readonly isHeldLong: boolean;
  /** Whether this page itself dropped frames. */
  readonly isBehind: boolean;
  readonly problem: "insecure" | "noDecoder" | "codec" | null;
}

/**
 * The tone is for the colour: all is well, waiting, a picture that stands still, an end, a problem of this
 * browser.
 */
export interface ScreenWords {
  readonly tone: "live" | "wait" | "held" | "over" | "problem";
  readonly title: string;
  readonly text: string;
}

const PAUSE_ENDS = "It goes on when the host shares again.";

/** The state of the picture, and when it does not move, why and until when. */
export function screenWords(view: ScreenView): ScreenWords {
  const { screen, end, hasPicture, isInTouch } = view;
  if (end !== undefined) {
    return over(`${end}.`, hasPicture ? "This is its last picture." : "");
  }
  if (!screen.isShared) {
    return over(
      "The host has stopped sharing the screen.",
      "It appears here when it is shared again.",
    );
  }
  if (view.problem) return problemWords(view.problem, screen);
  if (!hasPicture) {
    if (view.isPaused) {
      return { tone: "wait", title: "The host's screen pauses.", text: PAUSE_ENDS };
    }
    return {
      tone: "wait",
      title: "Waiting for the first picture.",
      text: "It comes with the next key frame.",
    };
  }
  if (!isInTouch) {
    return held("nothing comes from the host.", "It goes on when the connection is back.");
  }
  if (view.isPaused) return held("the host's screen pauses.", PAUSE_ENDS);
  if (view.isHeldLong) {
    return held("a part of it was lost.", "It goes on with the next whole picture.");
  }
  if (view.isBehind) {
    return held("this browser fell behind.", "It goes on with the next key frame.");
  }
  return { tone: "live", title: "Live", text: "" };
}

function over(title: string, text: string): ScreenWords {
  return { tone: "over", title, text };
}

function held(why: string, text: string): ScreenWords {
  return { tone: "held", title: `Picture held: ${why}`, text };
}

function problemWords(problem: NonNullable<ScreenView["problem"]>, screen: Screen): ScreenWords {
  const [title, text] = {
    insecure: [
      "This address is plain http, where browsers decode no pictures.",
      "Open the page on the viewer's own machine as 127.0.0.1, or through https.",
    ],
    noDecoder: [
      "This browser can't decode pictures in a page: it has no WebCodecs.",
      "A current Chrome, Edge, Firefox or Safari shows the screen.",
    ],
    codec: [
      `This browser can't decode ${codecName(screen)}.`,
      "Another browser, such as Chrome or Edge, may show the screen.",
    ],
  }[problem];
  return { tone: "problem", title: title!, text: text! };
}

/** `H.264` or `VP8`. */
export function codecName({ codec }: Screen): string {
  return codec === "h264" ? "H.264" : "VP8";
}

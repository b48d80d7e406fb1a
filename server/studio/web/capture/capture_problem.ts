/** Why nothing is captured, or no more. */
export interface CaptureProblem {
  readonly code: ProblemCode;
  /** A sentence or two for the host. */
  readonly text: string;
}

export type ProblemCode =
  | "insecure"
  | "unsupported"
  | "refused"
  | "refused-by-system"
  | "no-device"
  | "device-gone"
  | "device-busy"
  | "unplugged"
  | "stopped-in-browser"
  | "no-gesture"
  | "stalled"
  | "encoder"
  | "unknown";

export type Medium = "sound" | "screen";

const WORDS: Readonly<Record<Medium, Readonly<Record<ProblemCode, string>>>> = {
  sound: {
    insecure: "The browser gives no microphone to a page at this address. Open the studio at the " +
      "address that the program prints, which begins with http://127.0.0.1 or http://localhost",
    unsupported:
      "This browser can't encode sound. Use Firefox 130, Chrome 94, Edge 94 or Safari 26, or later",
    refused: "The browser does not let this page use the microphone. Press the lock or the " +
      "microphone beside the address, allow it, and try again",
    "refused-by-system":
      "The system does not let the browser use the microphone. Allow it in the " +
      "system's privacy settings, and try again",
    "no-device": "There is no microphone or line-in. Plug one in, and try again",
    "device-gone": "The chosen device is not there any more. Choose another one",
    "device-busy":
      "Another program uses the microphone, or the system does not give it. Close that " +
      "program, and try again",
    unplugged:
      "The device was unplugged: listeners hear nothing. Plug it in again, or choose another",
    "stopped-in-browser": "The sound was stopped in the browser. Press Microphone to go on",
    "no-gesture": "Press Microphone to begin: the browser wants a click first",
    stalled:
      "The microphone has stopped giving sound. If it does not come back, unplug it and plug " +
      "it in again",
    encoder: "The browser's encoder has failed more than once. Reload the page",
    unknown: "The microphone can't be used: DETAIL",
  },
  screen: {
    insecure: "The browser shares no screen from a page at this address. Open the studio at the " +
      "address that the program prints, which begins with http://127.0.0.1 or http://localhost",
    unsupported:
      "This browser can't encode a screen. Use Firefox 130, Chrome 94, Edge 94 or Safari 16.4, or " +
      "later, or share with --screen desktop",
    refused:
      "No screen was chosen, or the browser does not let this page share one. Try again, and " +
      "choose a screen, a window or a tab",
    "refused-by-system": "The system does not let the browser record the screen. Allow it in the " +
      "system's privacy settings, start the browser again, and try again",
    "no-device": "The browser finds no screen that it could share",
    "device-gone": "What was shared is not there any more. Share again",
    "device-busy": "The system does not give the screen. Allow the browser to record it in the " +
      "system's privacy settings, and try again",
    unplugged: "What was shared has gone: it was closed, or its screen was unplugged. Share again",
    "stopped-in-browser": "Sharing was stopped in the browser, or what was shared was closed",
    "no-gesture": "Press Share screen to begin: the browser wants a click first",
    stalled: "The screen has stopped giving pictures. If they do not come back, share it again",
    encoder: "The browser's encoder has failed more than once. Share again, with a smaller picture",
    unknown: "The screen can't be shared: DETAIL",
  },
};

export function problem(medium: Medium, code: ProblemCode, detail = ""): CaptureProblem {
  return { code, text: WORDS[medium][code].replace("DETAIL", detail || "no reason given") };
}

/** Puts what getUserMedia or getDisplayMedia has thrown into words. */
export function problemOf(medium: Medium, error: unknown): CaptureProblem {
  const { name = "", message = "" } = error instanceof Error || isDomException(error) ? error : {};
  return problem(medium, codeOf(name, message), message || name || String(error));
}

function codeOf(name: string, message: string): ProblemCode {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return /system|platform/i.test(message) ? "refused-by-system" : "refused";
    case "NotFoundError":
      return "no-device";
    case "OverconstrainedError":
      return "device-gone";
    case "NotReadableError":
      return "device-busy";
    case "AbortError":
      return "refused";
    case "InvalidStateError":
      return "no-gesture";
    default:
      return "unknown";
  }
}

/** An OverconstrainedError is an Error in some browsers alone. */
function isDomException(error: unknown): error is { name?: string; message?: string } {
  return typeof error === "object" && error !== null && "name" in error;
}

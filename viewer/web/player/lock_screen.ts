import type { PlayerStatus } from "./player.ts";

/** What a phone's lock screen, a headset's button and a keyboard's media keys show and do. */
export interface LockScreenWords {
  /** `Flamengo 2 x 1 Palmeiras`. */
  readonly title: string;
  /** `2nd half`. */
  readonly artist: string;
}

export interface LockScreenActions {
  play(): void;
  stop(): void;
}

/** What is used of an audio element. */
export type Companion = Pick<HTMLAudioElement, "play" | "pause">;

const ARTWORK: MediaImage[] = [
  { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
  { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
];

/**
 * The browser's Media Session. Browsers give it only to pages with an audio element that plays, which Web Audio is
 * not: while that alone is heard, `companion` plays silence beside it. Not a moment earlier: WebKit, where the
 * element has to take over, pauses the one for the other.
 */
export class LockScreen {
  readonly #session: MediaSession | undefined;
  readonly #companion: Companion;
  #isAccompanied = false;
  #wasOn = false;

  /** @param session undefined where the browser has none; all else works. */
  constructor(
    session: MediaSession | undefined,
    companion: Companion,
    { play, stop }: LockScreenActions,
  ) {
    this.#session = session;
    this.#companion = companion;
    for (const [action, handler] of [["play", play], ["pause", stop], ["stop", stop]] as const) {
      try {
        session?.setActionHandler(action, handler);
      } catch {
        // This browser has no such action.
      }
    }
  }

  /** @param engine of the player; "" while none plays. */
  show(words: LockScreenWords, status: PlayerStatus, engine: string): void {
    const isOn = status === "starting" || status === "waiting" || status === "playing";
    this.#wasOn ||= isOn;
    const isHeard = status === "playing" && engine === "webcodecs";
    this.#accompany(this.#session !== undefined && isHeard);
    if (!this.#session || !this.#wasOn) return;
    this.#session.playbackState = isOn ? "playing" : "paused";
    const { metadata } = this.#session;
    if (metadata?.title === words.title && metadata.artist === words.artist) return;
    this.#session.metadata = new MediaMetadata({ ...words, album: "Streamer", artwork: ARTWORK });
  }

  #accompany(isWanted: boolean): void {
    if (isWanted === this.#isAccompanied) return;
    this.#isAccompanied = isWanted;
    // Without it nothing is lost but the lock screen.
    if (isWanted) this.#companion.play().catch(() => {});
    else this.#companion.pause();
  }
}

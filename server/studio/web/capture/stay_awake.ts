/**
 * Keeps the display on while something is captured, since a machine whose display goes off may sleep. Browsers
 * take the lock back when the page is hidden, so it is asked for again when the page is seen.
 */
export class StayAwake {
  #lock: WakeLockSentinel | undefined;
  #isWanted = false;
  readonly #onSeen = () => void this.#ask();

  set(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    if (isWanted) {
      document.addEventListener("visibilitychange", this.#onSeen);
      void this.#ask();
    } else {
      document.removeEventListener("visibilitychange", this.#onSeen);
      release(this.#lock);
      this.#lock = undefined;
    }
  }

  async #ask(): Promise<void> {
    if (!this.#isWanted || document.visibilityState !== "visible") return;
    // A browser may refuse, with a low battery for example, and few lack it.
    const lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (!this.#isWanted) return release(lock);
    // Asked for twice, it is given twice.
    release(this.#lock);
    this.#lock = lock;
  }
}

function release(lock: WakeLockSentinel | undefined): void {
  void lock?.release().catch(() => {});
}

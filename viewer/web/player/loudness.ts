import { type Signal, signal } from "@preact/signals";

/** What keeps the volume between visits. */
export interface VolumeStore {
  readVolume(): number;
  writeVolume(volume: number): void;
}

/** A step of the keys, and of the slider. */
export const VOLUME_STEP = 0.05;
/** What one hears who ends a silence that is the volume's own. */
const AUDIBLE = 0.5;

/** The volume and whether the sound is muted, which keeps the volume for later. */
export class Loudness {
  /** 0 to 1. */
  readonly volume: Signal<number>;
  readonly isMuted: Signal<boolean> = signal(false);
  readonly #store: VolumeStore;
  readonly #onGain: (gain: number) => void;

  /** @param onGain is told what an engine has to play with from now on, 0 to 1. */
  constructor(store: VolumeStore, onGain: (gain: number) => void) {
    this.#store = store;
    this.#onGain = onGain;
    this.volume = signal(store.readVolume());
  }

  /** 0 to 1. */
  get gain(): number {
    return this.isMuted.peek() ? 0 : this.volume.peek();
  }

  /** 0 to 1; whoever moves the volume wants to hear it. */
  setVolume(volume: number): void {
    this.volume.value = volume;
    this.isMuted.value = false;
    this.#store.writeVolume(volume);
    this.#onGain(this.gain);
  }

  /** Louder by `steps` of 5 %, or softer; on whole steps. */
  step(steps: number): void {
    const volume = (Math.round(this.volume.peek() / VOLUME_STEP) + steps) * VOLUME_STEP;
    this.setVolume(Math.round(Math.min(Math.max(volume, 0), 1) * 100) / 100);
  }

  toggleMute(): void {
    const isSilent = this.isMuted.peek() || this.volume.peek() === 0;
    if (isSilent) return this.setVolume(this.volume.peek() || AUDIBLE);
    this.isMuted.value = true;
    this.#onGain(0);
  }
}

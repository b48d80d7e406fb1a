import { type CaptureProblem, problem, problemOf } from "../capture/capture_problem.ts";

/** A microphone or line-in. */
export interface SoundDevice {
  readonly deviceId: string;
  readonly name: string;
}

export interface MicrophoneOptions {
  /** The browser's choice without it. */
  readonly deviceId?: string;
  readonly channelCount: 1 | 2;
  /** Each is off unless asked for: they are made for talks, and spoil the sound of a stadium. */
  readonly echoCancellation?: boolean;
  readonly noiseSuppression?: boolean;
  readonly autoGainControl?: boolean;
}

export type OpenedTrack =
  | { readonly ok: true; readonly track: MediaStreamTrack }
  | { readonly ok: false; readonly problem: CaptureProblem };

/** Asks for the device; the browser asks the host whether the page may. */
export async function openMicrophone(options: MicrophoneOptions): Promise<OpenedTrack> {
  if (!isSecureContext || !navigator.mediaDevices) {
    return { ok: false, problem: problem("sound", "insecure") };
  }
  if (typeof AudioEncoder === "undefined") {
    return { ok: false, problem: problem("sound", "unsupported") };
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraintsFor(options) });
    return { ok: true, track: stream.getAudioTracks()[0]! };
  } catch (error) {
    return { ok: false, problem: problemOf("sound", error) };
  }
}

export function constraintsFor(options: MicrophoneOptions): MediaTrackConstraints {
  const { deviceId, channelCount } = options;
  return {
    ...(deviceId !== undefined && { deviceId: { exact: deviceId } }),
    channelCount: { ideal: channelCount },
    echoCancellation: options.echoCancellation ?? false,
    noiseSuppression: options.noiseSuppression ?? false,
    autoGainControl: options.autoGainControl ?? false,
  };
}

/** All devices. Browsers tell their names only after the host has let the page use one. */
export async function listSoundDevices(): Promise<SoundDevice[]> {
  const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  return namedDevices(all);
}

export function namedDevices(
  devices: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[],
): SoundDevice[] {
  return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "")
    .map(({ deviceId, label }, index) => ({ deviceId, name: label || `Microphone ${index + 1}` }));
}

export interface OpusOptions {
  readonly channelCount: 1 | 2;
  /** Bits per second. */
  readonly bitrate: number;
  /**
   * `voice`: each packet repeats the one before it in a short form, which helps who has lost that one. `music`
   * sounds better and has no such repetition.
   */
  readonly use: "voice" | "music";
}

/** What WebCodecs' registration of Opus has and TypeScript's library lacks. */
interface OpusSettings extends OpusEncoderConfig {
  readonly application?: "voip" | "audio";
  readonly signal?: "voice" | "music";
}

/** Length of a packet. */
export const PACKET_MICROS = 20_000;
/** The rate that every encoder of Opus takes. */
const OPUS_RATE = 48_000;
/** The share of packets that an encoder prepares for the loss of, in percent. */
const EXPECTED_LOSS = 10;

/**
 * Configurations to try, the best first: at the rate of the device, else at 48 kHz, because some browsers take
 * only that; and with all settings, else with none, because some refuse those that they don't know.
 */
export function opusConfigs(inputRate: number, options: OpusOptions): AudioEncoderConfig[] {
  const { channelCount: numberOfChannels, bitrate, use } = options;
  const rates = [...new Set([inputRate, OPUS_RATE])];
  const settings = [settingsFor(use), { frameDuration: PACKET_MICROS }];
  return rates.flatMap((sampleRate) =>
    settings.map((opus) => ({ codec: "opus", sampleRate, numberOfChannels, bitrate, opus }))
  ).filter(({ sampleRate }) => Number.isInteger(sampleRate * PACKET_MICROS / 1_000_000));
}

function settingsFor(use: "voice" | "music"): OpusSettings {
  return {
    frameDuration: PACKET_MICROS,
    useinbandfec: true,
    packetlossperc: EXPECTED_LOSS,
    application: use === "voice" ? "voip" : "audio",
    signal: use,
  };
}

import { MPEG_HEADER_BYTES, type MpegAudioHeader } from "../../../../../shared/media/mpeg_audio.ts";

const CHECKSUM_BYTES = 2;
/** VBRI stands here whatever the number of channels. */
const VBRI_POSITION = MPEG_HEADER_BYTES + 32;

/**
 * Whether a frame is the Xing, Info (LAME) or VBRI (Fraunhofer) header frame: it tells a player the
 * number of frames and where to seek to, and holds no sound.
 */
export function isInfoFrame(frame: Uint8Array, header: MpegAudioHeader): boolean {
  const xingPosition = MPEG_HEADER_BYTES + sideInformationBytes(header);
  const name = textAt(frame, xingPosition);
  if (name === "Xing" || name === "Info") return isZeroUpTo(frame, xingPosition);
  return textAt(frame, VBRI_POSITION) === "VBRI" && isZeroUpTo(frame, VBRI_POSITION);
}

/** ISO 11172-3 section 2.4.1.7, ISO 13818-3 section 2.4.1.7. */
function sideInformationBytes({ version, channelCount }: MpegAudioHeader): number {
  if (version === 1) return channelCount === 1 ? 17 : 32;
  return channelCount === 1 ? 9 : 17;
}

/** Real sound has side information; only a frame without any can be the header frame. */
function isZeroUpTo(frame: Uint8Array, end: number): boolean {
  const hasChecksum = (frame[1]! & 1) === 0;
  const start = MPEG_HEADER_BYTES + (hasChecksum ? CHECKSUM_BYTES : 0);
  return frame.subarray(start, end).every((value) => value === 0);
}

function textAt(bytes: Uint8Array, position: number): string {
  return String.fromCharCode(...bytes.subarray(position, position + 4));
}

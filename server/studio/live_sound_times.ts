/*
 * How late sound may come from the page. Every time here counts from its capture, by the host's clock.
 *
 * - It is sent LIVE_HEADROOM_MILLIS after its capture. What comes sooner waits until then.
 * - What comes later than that, and up to LATE_MILLIS, is sent at once, in its place. It reaches listeners at most
 *   LATE_MILLIS - LIVE_HEADROOM_MILLIS later than usual, which most of them still play: their usual latency is 200 ms.
 * - What comes even later is left out, and so is what follows, until it comes within RECOVERED_MILLIS again or a
 *   second has passed since the last that came too late. Then sound begins again at its right time, after a gap.
 */
import type { Millis } from "../../shared/core/units.ts";

/**
 * The screen of the page has the same. On two busy cores half of its pictures were here 46 ms after their capture, and
 * one in twenty after more than 128 ms: those are sent at once, out of the reserve of the listeners' latency.
 */
export const LIVE_HEADROOM_MILLIS: Millis = 60;
export const LATE_MILLIS: Millis = 250;
export const RECOVERED_MILLIS: Millis = 60;
/** After so long the delay is no hold-up any more: the way from the page takes longer than it did. */
export const HELD_UP_MILLIS: Millis = 1000;

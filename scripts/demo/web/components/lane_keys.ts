import type { PacketRecord } from "../../../../shared/page/page_network.ts";

type Packets = ReadonlyMap<number, PacketRecord>;

interface Range {
  readonly first: number;
  readonly last: number;
}

/** What {@linkcode nextChosen} knows, in words. */
export const KEY_WORDS =
  "Arrow keys go from packet to packet, Page up and Page down from loss to loss, Home and End to the oldest and the newest.";

/**
 * Which packet a key chooses.
 *
 * @param chosen undefined while none is.
 * @returns undefined when the key does nothing here.
 */
export function nextChosen(
  key: string,
  chosen: number | undefined,
  { first, last }: Range,
  packets: Packets,
): number | undefined {
  const inside = (sequence: number) => Math.min(Math.max(sequence, first), last);
  const here = inside(chosen ?? last);
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return chosen === undefined ? here : inside(here - 1);
    case "ArrowRight":
    case "ArrowUp":
      return chosen === undefined ? here : inside(here + 1);
    case "Home":
      return first;
    case "End":
      return last;
    case "PageUp":
      return lossFrom(here, -1, { first, last }, packets) ?? here;
    case "PageDown":
      return lossFrom(here, 1, { first, last }, packets) ?? here;
  }
}

function lossFrom(
  here: number,
  step: 1 | -1,
  { first, last }: Range,
  packets: Packets,
): number | undefined {
  for (let sequence = here + step; sequence >= first && sequence <= last; sequence += step) {
    if (packets.get(sequence)?.isDropped) return sequence;
  }
}

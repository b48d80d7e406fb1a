import { effect } from "@preact/signals";
import { parseMoment } from "../../../../shared/page/page_network.ts";
import type { NetworkModel } from "./network_model.ts";

/** What is used of an EventSource. */
export interface MomentStream {
  readonly readyState: number;
  addEventListener(kind: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

/** An EventSource's `readyState` when it does not try again (HTML Living Standard section 9.2.2). */
const CLOSED = 2;

/** Keeps the model up to date: one stream of moments, of the channel that is looked at, until the verdict. */
export function followMoments(
  model: NetworkModel,
  open: (url: string) => MomentStream = (url) => new EventSource(url),
): void {
  effect(() => {
    const url = `/network/moments?channel=${model.channel.value}`;
    if (model.link.peek() === "over") return;
    const source = open(url);
    source.addEventListener("moment", ({ data }) => {
      const moment = parseMoment(data);
      if (moment.ok) model.take(moment.value);
    });
    source.addEventListener("verdict", ({ data }) => {
      model.verdict.value = lineOf(data);
      model.link.value = "over";
      source.close();
    });
    source.addEventListener("error", () => {
      model.link.value = source.readyState === CLOSED ? "refused" : "lost";
    });
    return () => source.close();
  });
}

function lineOf(data: string): string {
  try {
    return String(JSON.parse(data).line);
  } catch {
    return "The demo is over.";
  }
}

import { effect } from "@preact/signals";
import { parseMoment } from "../../../../shared/page/page_network.ts";
import type { NetworkModel } from "./network_model.ts";

/** Keeps the model up to date: one stream of moments, of the channel that is looked at. */
export function followMoments(model: NetworkModel): void {
  effect(() => {
    const source = new EventSource(`/network/moments?channel=${model.channel.value}`);
    source.addEventListener("moment", ({ data }) => {
      const moment = parseMoment(data);
      if (moment.ok) model.take(moment.value);
    });
    source.addEventListener("verdict", ({ data }) => {
      model.verdict.value = lineOf(data);
      model.link.value = "over";
      source.close();
    });
    source.addEventListener("error", () => model.link.value = "lost");
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

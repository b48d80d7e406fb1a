import type { DataTotals } from "../interface/output.ts";

/** For people: what became of the messages of live data. */
export function describeTotals({ received, refused, superseded, sent }: DataTotals): string {
  const show = (amount: number) => amount.toLocaleString("en");
  const messages = `${show(received)} message${received === 1 ? "" : "s"} received`;
  const left = received - refused - superseded - sent;
  const rest = left > 0 ? `, ${show(left)} not sent before the end` : "";
  return `${messages}, ${show(refused)} refused, ${show(superseded)} superseded, ${
    show(sent)
  } sent${rest}`;
}

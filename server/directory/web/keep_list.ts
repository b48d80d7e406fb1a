import { effect } from "@preact/signals";
import { type ListAdapter, ListKeeper } from "./model/list_keeper.ts";
import type { DirectoryModel } from "./model/model.ts";

const QUERY = "q";
const TICK_MILLIS = 1000;
/** Times of day are shown to the minute. */
const SELDOM_MILLIS = 20_000;

/** Keeps a page's list, and the words of its search in its address, as long as the page is there. */
export function keepList(model: DirectoryModel, list: ListAdapter["list"]): ListKeeper {
  const keeper = new ListKeeper(model, {
    list,
    now: () => Date.now(),
    schedule(callback, delay) {
      const timer = setTimeout(callback, delay);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
  });
  model.query.value = new URLSearchParams(location.search).get(QUERY) ?? "";
  effect(() => rememberQuery(model.query.value.trim()));
  keeper.refresh();
  const noticeVisibility = () => keeper.setVisible(document.visibilityState === "visible");
  document.addEventListener("visibilitychange", noticeVisibility);
  noticeVisibility();
  // Asks at once when the network is back.
  addEventListener("online", () => model.link.peek().state === "lost" && keeper.refresh());
  setInterval(() => {
    const isLost = model.link.peek().state === "lost";
    if (isLost || Date.now() - model.now.peek() >= SELDOM_MILLIS) model.now.value = Date.now();
  }, TICK_MILLIS);
  return keeper;
}

/** So that a page that is loaded again, or passed on, searches the same. */
function rememberQuery(text: string): void {
  const address = new URL(location.href);
  if ((address.searchParams.get(QUERY) ?? "") === text) return;
  if (text === "") address.searchParams.delete(QUERY);
  else address.searchParams.set(QUERY, text);
  history.replaceState(null, "", address.pathname + address.search);
}

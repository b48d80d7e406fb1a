/**
 * viewer/web/directory: the page of `view` without a link, in the browser.
 *
 * In: the lists of a directory, which the program behind the page passes on, and what is pressed. Out: what is shown,
 * and requests to that program: join, leave, create, end. Lists, cards and search are those of the directory's own page
 * (server/directory/web); the page of a match is at `/match`, the studio of a broadcast that was created here at
 * `/studio`. own_desk.ts asks the program, app.ts is the whole page. The next file to read is own_desk.ts.
 */
import "../start.ts";
import { html } from "htm/preact";
import { render } from "preact";
import { keepList } from "../../../server/directory/web/keep_list.ts";
import { httpSource } from "../../../server/directory/web/model/http_source.ts";
import { DirectoryModel } from "../../../server/directory/web/model/model.ts";
import { App } from "./app.ts";
import { OwnDesk } from "./own_desk.ts";

const OWN_EVERY_MILLIS = 4000;

// A browser that has the cookie already skips the door: the key must not stay visible here either.
if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
const model = new DirectoryModel(Date.now());
const desk = new OwnDesk({
  fetch: (path, init) => fetch(path, init),
  goTo: (path) => location.assign(path),
  // The program was started again, with another key: the door says so.
  onForbidden: () => location.reload(),
});
await desk.refresh();
const keeper = keepList(model, httpSource("/api/directory/broadcasts"));
desk.onChanged = () => keeper.refresh();
desk.onNews = (sentence) => model.announcement.value = sentence;
render(
  html`<${App} model=${model} keeper=${keeper} desk=${desk} />`,
  document.getElementById("page")!,
);
setInterval(() => {
  if (document.visibilityState === "visible") desk.refresh();
}, OWN_EVERY_MILLIS);

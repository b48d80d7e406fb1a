/**
 * server/directory/web: the directory's page, in the browser.
 *
 * In: lists of broadcasts, which model/list_keeper.ts asks for each few seconds, and what is typed and pressed. Out:
 * what components/ shows. The page identifies nobody and holds no token: it says which command joins. `?q=` in its
 * address is what is searched, `?b=` the broadcast that somebody is sent to. scripts/build_viewer.ts builds it into
 * server/directory/dist. The next file to read is model/model.ts.
 */
import "../../../viewer/web/start.ts";
import { html } from "htm/preact";
import { render } from "preact";
import { App } from "./components/app.ts";
import { keepList } from "./keep_list.ts";
import { findBroadcast, httpSource } from "./model/http_source.ts";
import { DirectoryModel } from "./model/model.ts";

const BROADCASTS = "/v1/broadcasts";
const BROADCAST_ID = /^[0-9a-f]{16}$/;

const model = new DirectoryModel(Date.now());
const keeper = keepList(model, httpSource(BROADCASTS));
render(
  html`<${App} model=${model} keeper=${keeper} place=${location} />`,
  document.getElementById("page")!,
);
const id = new URLSearchParams(location.search).get("b") ?? "";
if (BROADCAST_ID.test(id)) {
  model.chosen.value = await findBroadcast(`${BROADCASTS}/${id}`) ?? null;
}

/**
 * scripts/demo/web: the demo's page of the network, in the browser.
 *
 * In: what is new on each path, some times a second (model/moment_source.ts), and what is moved and pressed. Out: a lane
 * of packets for each listener, its ledger, the packets that were lost, and requests to set the paths
 * (model/settings_sender.ts). model/ has the state and the words, picture/ draws the lanes, components/ shows all of
 * it. scripts/build_viewer.ts builds it into scripts/demo/dist; the program's side is ../network_page. The next file
 * to read is model/network_model.ts.
 */
import "../../../viewer/web/start.ts";
import { html } from "htm/preact";
import { render } from "preact";
import { App } from "./components/app.ts";
import { followMoments } from "./model/moment_source.ts";
import { NetworkModel } from "./model/network_model.ts";
import { SettingsSender } from "./model/settings_sender.ts";

// A browser that has the cookie already skips the door: the key must not stay visible here either.
if (location.hash !== "") history.replaceState(null, "", location.pathname);

const model = new NetworkModel();
const sender = new SettingsSender(model, (path, init) => fetch(path, init));
followMoments(model);
render(html`<${App} model=${model} sender=${sender} />`, document.getElementById("page")!);

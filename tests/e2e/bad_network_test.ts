import assert from "node:assert/strict";
import { entriesOf } from "../server/origin/timeline/io/stored_event.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";
import type { ListenerOutput } from "../../client/interface/output.ts";
import { type ListenerSession, openListener } from "../../client/session/session.ts";
import { openBroadcastStore } from "../../server/origin/timeline/io/broadcast_store.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { openRelay, type Relay } from "../../scripts/network/relay.ts";
import { sleep, TemporaryFolder } from "./fixtures.ts";
import { linkThrough, serve, Streamer } from "./streamer.ts";

const LISTENERS = 10;
/** Only ever waited out by a failing test. */
const PATIENCE_MILLIS = 90_000;
const DREADFUL: NetemOptions = {
  loss: 0.3,
  delayMillis: 10,
  jitterMillis: 5,
  duplicate: 0.1,
  duplicateMillis: 20,
  reorder: 0.1,
  reorderMillis: 50,
};

/** A listener of this process: ten programs of their own would be slow to start here. */
class Listener implements AsyncDisposable {
  readonly outputs: ListenerOutput[] = [];

  private constructor(readonly session: ListenerSession) {
    session.subscribe((output) => this.outputs.push(output));
  }

  static async open(link: string): Promise<Listener> {
    const place = { host: "127.0.0.1", port: 5004 };
    return new Listener(await openListener({ link, ...place, latency: "normal" }, systemMachine));
  }

  get joins(): number {
    return this.outputs.filter(({ kind }) => kind === "joined").length;
  }

  get events(): TimelineEvent[] {
    return this.outputs.flatMap((output) => output.kind === "event" ? [output.event] : []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.stop();
    await this.session.finished;
  }
}

function relayTo(port: number, seed: number): Relay {
  return openRelay(systemMachine, {
    upstream: { hostname: "127.0.0.1", port },
    towardsListener: (index) => ({ ...DREADFUL, seed: seed + 2 * index }),
    towardsHost: (index) => ({ ...DREADFUL, seed: seed + 2 * index + 1 }),
  });
}

/** How long it took is told, not judged: that depends on what else the machine does. */
async function until(condition: () => boolean, millis: number, what: string): Promise<number> {
  const startedAt = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - startedAt < millis, `${what}: not within ${millis} ms`);
    await sleep(10);
  }
  return performance.now() - startedAt;
}

Deno.test("through 30 % loss both ways twenty listeners of twenty get in", async () => {
  await using opened = new AsyncDisposableStack();
  const { host, port, link } = await serve(["--simulate"]);
  opened.use(host);
  const relay = relayTo(port, 100);
  opened.defer(() => relay.close());
  const times: number[] = [];
  for (let number = 0; number < 20; number++) {
    await using listener = await Listener.open(linkThrough(link, relay.address.port));
    times.push(await until(() => listener.joins > 0, PATIENCE_MILLIS, `join ${number + 1}`));
  }
  times.sort((one, other) => one - other);
  const [middle, longest] = [times[10]!.toFixed(0), times.at(-1)!.toFixed(0)];
  console.log(`half of them within ${middle} ms, all within ${longest} ms`);
});

Deno.test("30 % loss, two outages of 5 s, a killed host: every event, once, in order, at ten listeners", async () => {
  await using folder = new TemporaryFolder();
  await using opened = new AsyncDisposableStack();
  const file = folder.file("match.ndjson");
  const lines = Array.from(
    { length: 5000 },
    (_, index) => JSON.stringify({ type: "note", origin: "", content: `Line ${index + 1}` }),
  );
  Deno.writeTextFileSync(file, lines.join("\n"));
  const db = folder.file("match.db");
  const args = ["--events", file, "--interval", "100ms", "--db", db];
  const { host, port, link } = await serve(args);
  opened.use(host);
  const relay = relayTo(port, 200);
  opened.defer(() => relay.close());
  const listeners: Listener[] = [];
  for (let number = 0; number < LISTENERS; number++) {
    listeners.push(opened.use(await Listener.open(linkThrough(link, relay.address.port))));
  }
  await until(() => listeners.every(({ joins }) => joins > 0), PATIENCE_MILLIS, "everybody in");
  for (let outage = 0; outage < 2; outage++) {
    await sleep(2000);
    setCut(relay, true);
    await sleep(5000);
    setCut(relay, false);
  }
  await sleep(2000);
  host.kill("SIGKILL");
  await host.finished;
  const again = ["serve", "--host", "127.0.0.1", "--port", String(port), "--json", ...args];
  const second = opened.use(new Streamer(again));
  await second.line("ready");
  await until(() => listeners.every(({ joins }) => joins > 1), PATIENCE_MILLIS, "everybody back");
  const { count } = listeners[0]!.events.at(-1)!;
  const wanted = count + 20;
  const hasAll = ({ events }: Listener) => (events.at(-1)?.count ?? 0) >= wanted;
  await until(() => listeners.every(hasAll), PATIENCE_MILLIS, "all that was said meanwhile");
  second.kill("SIGKILL");
  await second.finished;

  const store = openBroadcastStore(db, () => assert.fail("it is the same broadcast"));
  const entries = entriesOf(store);
  store.close();
  for (const { events } of listeners) assert.deepEqual(events, entries.slice(0, events.length));
});

function setCut(relay: Relay, isCut: boolean): void {
  for (const { towardsHost, towardsListener } of relay.listeners) {
    towardsHost.isCut = isCut;
    towardsListener.isCut = isCut;
  }
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { addressKey } from "../../../shared/driver/socket.ts";
import { SILENCE_MILLIS } from "../../../server/edge/sessions/sessions.ts";
import { goal, Guest, MP3, Stage } from "../kit.ts";
import { runs } from "../../runs.ts";
import { withNoise } from "../origin/data/messages.ts";

const CAPACITY = 4;
const GUESTS = 6;

type Step =
  | { readonly do: "join" | "hello" | "report" | "leave" | "repeat"; readonly guest: number }
  | { readonly do: "wait"; readonly millis: number }
  | { readonly do: "frames"; readonly count: number }
  | { readonly do: "junk"; readonly guest: number; readonly datagram: Uint8Array }
  | { readonly do: "data"; readonly bytes: number }
  | { readonly do: "event" | "setup" | "endAudio" | "endEvents" | "endData" | "shutdown" };

const guest = fc.nat({ max: GUESTS - 1 });
const steps: fc.Arbitrary<Step>[] = [
  ...(["join", "join", "hello", "report", "report", "leave", "repeat"] as const).map((name) =>
    fc.record({ do: fc.constant(name), guest })
  ),
  fc.record({ do: fc.constant("wait" as const), millis: fc.nat({ max: 3000 }) }),
  fc.record({ do: fc.constant("wait" as const), millis: fc.nat({ max: 30_000 }) }),
  fc.record({ do: fc.constant("frames" as const), count: fc.nat({ max: 60 }) }),
  fc.record({
    do: fc.constant("junk" as const),
    guest,
    datagram: fc.uint8Array({ minLength: 1, maxLength: 100 }),
  }),
  fc.record({ do: fc.constant("event" as const) }),
  fc.record({ do: fc.constant("data" as const), bytes: fc.constantFrom(100, 5000, 400_000) }),
  fc.record({ do: fc.constant("setup" as const) }),
];
const rare: fc.Arbitrary<Step> = fc.constantFrom(
  ...(["endAudio", "endEvents", "endData", "shutdown"] as const).map((name) => ({ do: name })),
);
const script = fc.array(
  fc.oneof(...steps.map((arbitrary) => ({ arbitrary, weight: 5 })), { arbitrary: rare, weight: 1 }),
  { minLength: 5, maxLength: 80 },
);

/** A host under random use, beside the simplest model of who has joined. */
class Model {
  readonly stage: Stage;
  readonly guests: Guest[];
  readonly cookies = new Map<Guest, Uint8Array>();
  frames = 0;

  constructor(waitFor: number, intervalMillis: number | undefined) {
    const changes = { audio: MP3, hasData: true, capacity: CAPACITY, waitFor };
    this.stage = new Stage({ ...changes, ...(intervalMillis && { intervalMillis }) });
    this.guests = Array.from(
      { length: GUESTS },
      (_, index) => new Guest(this.stage, { hostname: "10.0.0.9", port: 41_000 + index }),
    );
  }

  take(step: Step): void {
    const { stage } = this;
    switch (step.do) {
      case "wait":
        stage.run(step.millis);
        break;
      case "frames":
        if (stage.core.audioBacklog < 5000) stage.pushFrames(step.count, this.frames);
        this.frames += step.count;
        break;
      case "junk":
        stage.receive(step.datagram, this.guests[step.guest]!.address);
        break;
      case "event":
        stage.tell((core) => core.pushEvent(goal(), stage.now));
        break;
      case "data":
        stage.tell((core) => core.pushData(withNoise(step.bytes % 7, step.bytes), stage.now));
        break;
      case "setup":
        stage.tell((core) => core.setDataSetup({ values: { index: {} } }, stage.now));
        break;
      case "endData":
        stage.tell((core) => core.endData(stage.now));
        break;
      case "endAudio":
        stage.tell((core) => core.endAudio(stage.now));
        break;
      case "endEvents":
        stage.tell((core) => core.endEvents(stage.now));
        break;
      case "shutdown":
        stage.tell((core) => core.shutdown("test", stage.now));
        break;
      default:
        this.#act(step.do, this.guests[step.guest]!);
    }
  }

  #act(deed: "join" | "hello" | "report" | "leave" | "repeat", guest: Guest): void {
    const cookie = this.cookies.get(guest);
    // A host that has finished answers nothing.
    if (this.stage.core.isFinished) return;
    if (deed === "hello") this.cookies.set(guest, guest.hello());
    else if (deed === "join") guest.join();
    else if (deed === "repeat" && cookie) guest.joinWith(cookie);
    else if (deed === "report" && guest.info) guest.report();
    else if (deed === "leave" && guest.info) guest.leave();
  }

  check(): void {
    const { core, outputs, sent } = this.stage;
    const inside = new Map<string, string>();
    for (const output of outputs) {
      if (output.kind === "listener-joined") {
        assert(!inside.has(output.id), "joined twice");
        inside.set(output.id, addressKey(output.address));
        assert.equal(output.listeners, inside.size);
      } else if (output.kind === "listener-left") {
        assert(inside.delete(output.id), "left without having joined");
        if (output.reason !== "shutdown") assert.equal(output.listeners, inside.size);
      }
    }
    assert(inside.size <= CAPACITY);
    assert.equal(new Set(inside.values()).size, inside.size, "two at one address");
    assert(outputs.filter(({ kind }) => kind === "started").length <= 1);
    assert(outputs.filter(({ kind }) => kind === "ended").length <= 1);
    if (core.isFinished) {
      assert.equal(outputs.at(-1)?.kind, "ended");
      assert.equal(inside.size, 0);
    } else assert.equal(core.stats().listeners, inside.size);
    for (const { datagram } of sent) assert(datagram.length <= 1200);
    const { received, superseded, sent: left } = core.dataCounts!;
    assert(received - superseded - left === (core.hasDataRoom ? 0 : 1), "a message is missing");
  }
}

Deno.test("in any order of inputs, the host's outputs are consistent", () => {
  fc.assert(
    fc.property(
      script,
      fc.nat({ max: 3 }),
      fc.constantFrom(undefined, 200),
      (script, waitFor, interval) => {
        const model = new Model(waitFor, interval);
        for (const step of script) {
          model.take(step);
          model.check();
        }
        // Without input all listeners are removed at last, and a host that was told to end has ended.
        model.stage.run(SILENCE_MILLIS + 2000);
        model.check();
        assert.equal(model.stage.core.stats().listeners, 0);
        model.stage.tell((core) => core.shutdown("test", model.stage.now)).run(1000);
        assert.equal(model.stage.core.isFinished, true);
        model.check();
      },
    ),
    runs(200),
  );
});

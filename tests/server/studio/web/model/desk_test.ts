import assert from "node:assert/strict";
import { changeOf } from "../../../../../server/studio/web/model/correction.ts";
import { Desk, readTypedClock } from "../../../../../server/studio/web/model/desk.ts";
import { StudioModel } from "../../../../../server/studio/web/model/model.ts";
import { MatchControl } from "../../../../../server/studio/match/match_control.ts";
import type { StudioToHost } from "../../../../../shared/studio/studio_messages.ts";

class Scene {
  readonly model = new StudioModel(0);
  readonly sent: StudioToHost[] = [];
  isConnected = true;
  time = 0;
  #id = 0;
  readonly desk = new Desk(this.model, {
    send: (message) => {
      if (this.isConnected) this.sent.push(message);
      return this.isConnected;
    },
    makeId: () => `id-${++this.#id}`,
    now: () => this.time,
  });

  constructor() {
    this.model.setLink({ state: "open" });
    this.model.apply({
      ...{ kind: "studio", link: "streamer://a:1/", ways: [], isDriving: true, capacity: 1 },
      ...{ isPlain: false, tokens: "open", screen: {} },
      sources: { sound: { isBrowser: true }, screen: { isBrowser: true } },
    }, 0);
  }

  get notices(): string[] {
    return this.model.notices.value.map(({ text }) => text);
  }
}

Deno.test("each press is a command with an id of its own", () => {
  const { desk, sent } = new Scene();
  desk.press("Goal", "Flamengo");
  desk.undo();
  desk.undoEvent("id-1");
  assert.equal(desk.note("  Rain  ", ""), "");
  assert.match(desk.note("   ", "Flamengo"), /sentence/);
  desk.putOut("0011223344556677", true);
  desk.putOut("0011223344556677", false);
  const kind = "match";
  assert.deepEqual(sent, [
    { kind, id: "id-1", do: "event", title: "Goal", origin: "Flamengo" },
    { kind, id: "id-2", do: "undo" },
    { kind, id: "id-3", do: "undo", event: "id-1" },
    { kind, id: "id-4", do: "note", text: "Rain" },
    { kind: "put-out", id: "id-5", listener: "0011223344556677", isTokenRevoked: true },
    { kind: "put-out", id: "id-6", listener: "0011223344556677" },
  ]);
});

Deno.test("what had no answer is sent again under the same id, what had one is not", () => {
  const scene = new Scene();
  scene.desk.press("Goal", "Flamengo");
  scene.desk.press("Corner", "Flamengo");
  scene.desk.hear({ kind: "match-answer", id: "id-1", ok: true });
  scene.sent.length = 0;
  scene.time = 5000;
  scene.desk.sendAgain();
  assert.deepEqual(scene.sent.map((message) => "id" in message && message.id), ["id-2"]);
  scene.time = 60_000;
  scene.sent.length = 0;
  scene.desk.sendAgain();
  assert.deepEqual(scene.sent, []);
  assert.match(scene.notices.join(), /Not sent.*Corner Flamengo/);
  scene.desk.sendAgain();
  assert.equal(scene.notices.length, 1, "forgotten");
});

Deno.test("a page that can't act sends nothing and says so", () => {
  const scene = new Scene();
  scene.model.apply({ kind: "driving", isDriving: false, isOther: true }, 0);
  scene.desk.press("Goal", "Flamengo");
  assert.deepEqual(scene.sent, []);
  assert.match(scene.notices.join(), /Nothing was sent/);
  scene.desk.takeOver();
  assert.deepEqual(scene.sent, [{ kind: "take-over", id: "id-1" }]);
});

Deno.test("what was typed and can't be sent is told to who typed it, so that it is kept", () => {
  const { model, desk, sent, notices } = new Scene();
  model.setLink({ state: "lost", retryAt: 1 });
  const refusals = [
    desk.note("Rain", ""),
    desk.set("45", undefined),
    desk.correct({ id: "a" }, { clock: "45:00" }),
    desk.takeBack("a"),
    desk.putOut("0011223344556677", false),
  ];
  for (const refusal of refusals) assert.match(refusal, /Nothing was sent/);
  assert.deepEqual([sent, notices], [[], []]);
});

Deno.test("commands without an answer are bounded", () => {
  const scene = new Scene();
  for (let time = 0; time < 1000; time++) scene.desk.press("Corner", "Flamengo");
  assert.ok(scene.sent.length < 100);
  assert.match(scene.notices.join(), /Nothing was sent/);
});

Deno.test("the clock's key stops a clock that runs, and starts one that stands", () => {
  const { model, desk, sent } = new Scene();
  const control = new MatchControl({ language: "en" }, 0);
  model.apply(control.state(0), 0);
  desk.toggleClock();
  control.command({ kind: "match", id: "s", do: "start" }, 0);
  model.apply(control.state(0), 0);
  desk.toggleClock();
  assert.deepEqual(sent.map((message) => "do" in message && message.do), ["start", "stop"]);
});

Deno.test("the clock is set to what is typed; a period alone begins", () => {
  const { desk, sent } = new Scene();
  assert.equal(desk.set("45", 2), "");
  assert.equal(desk.set("  ", 3), "");
  assert.match(desk.set("soon", undefined), /such as 45:00/);
  assert.match(desk.set("", undefined), /such as 45:00/);
  assert.deepEqual(sent, [
    { kind: "match", id: "id-1", do: "set", clock: "45:00", period: 2 },
    { kind: "match", id: "id-2", do: "period", period: 3 },
  ]);
});

Deno.test("teams are named tidily, or it is said why not", () => {
  const { model, desk, sent } = new Scene();
  const control = new MatchControl({ language: "en" }, 0);
  model.apply(control.setup, 0);
  model.apply(control.state(0), 0);
  assert.match(desk.nameTeams({ home: " ", away: "Vasco" }), /Give both teams a name/);
  assert.match(desk.nameTeams({ home: "Vasco", away: " Vasco" }), /different names/);
  assert.match(desk.nameTeams({ home: "広".repeat(40), away: "Vasco" }), /at most 40/);
  assert.equal(desk.nameTeams({ home: "Home ", away: "Away" }), "", "they are called so");
  assert.deepEqual(sent, []);
  assert.equal(desk.nameTeams({ home: " Grêmio ", away: "Vasco" }), "");
  assert.deepEqual(sent, [
    { kind: "match", id: "id-1", do: "teams", home: "Grêmio", away: "Vasco" },
  ]);
  model.apply({ ...control.state(0), teamsFixed: "The names stay" }, 0);
  assert.equal(desk.nameTeams({ home: "A", away: "B" }), "The names stay");
});

Deno.test("a clock is read as people type it", () => {
  const typed = ["45:00", "7", "07.30", "4530", "120:05", " 3 ", "93,09", "100"];
  const read = ["45:00", "07:00", "07:30", "45:30", "120:05", "03:00", "93:09", "100:00"];
  assert.deepEqual(typed.map(readTypedClock), read);
  for (const wrong of ["", "45:60", "a", "1:2:3", "-1", "12345678"]) {
    assert.equal(readTypedClock(wrong), undefined, wrong);
  }
});

Deno.test("a correction says only what differs", () => {
  const { setup } = new MatchControl({ language: "en" }, 0);
  const event = {
    ...{ id: "1", type: 2, title: "Goal", origin: "Home", text: "Goal: Home", clock: "23:10" },
    ...{ period: 1, score: [1, 0] as [number, number], count: 1 },
  };
  const wanted = { title: "Goal", origin: "Home", text: "Goal: Home", clock: "23:10" };
  assert.deepEqual(changeOf(event, wanted, setup.actions), {});
  assert.deepEqual(changeOf(event, { ...wanted, origin: "Away" }, setup.actions), {
    origin: "Away",
  });
  // An action of both teams has none, whatever stood in the field.
  const whistle = { ...wanted, title: "Half-time", clock: "45:00" };
  assert.deepEqual(changeOf(event, whistle, setup.actions), {
    title: "Half-time",
    origin: "",
    clock: "45:00",
  });
});

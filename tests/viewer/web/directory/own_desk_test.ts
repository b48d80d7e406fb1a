import assert from "node:assert/strict";
import type { OwnState } from "../../../../shared/page/page_directory.ts";
import { readWish } from "../../../../viewer/web/directory/create_dialog.ts";
import { OwnDesk } from "../../../../viewer/web/directory/own_desk.ts";
import { WISH } from "../../../viewer/directory/world.ts";

const OWN: OwnState = { directory: "http://127.0.0.1:8090/", listening: null, hosting: null };
const ID = "0000000000000001";

function setUp() {
  const asked: { readonly path: string; readonly init?: RequestInit }[] = [];
  const went: string[] = [];
  const program = { answer: (): Response | Promise<Response> => Response.json(OWN) };
  const desk = new OwnDesk({
    fetch: (path, init) => {
      asked.push({ path, init });
      return Promise.resolve().then(program.answer);
    },
    goTo: (path) => void went.push(path),
    onForbidden: () => void went.push("door"),
  });
  return { desk, asked, went, program };
}

Deno.test("a press of Join asks the program once, and goes to the match", async () => {
  const { desk, asked, went } = setUp();
  const [first] = [desk.join(ID), desk.join("0000000000000002")];
  assert.equal(desk.joining.value, ID);
  await first;
  assert.deepEqual(asked.map(({ path }) => path), ["/api/directory/joins"]);
  const { method, headers, body } = asked[0]!.init!;
  assert.equal(method, "POST");
  assert.equal(new Headers(headers).has("x-streamer-page"), true);
  assert.equal(body, JSON.stringify({ id: ID }));
  assert.deepEqual(went, ["/match"]);
  assert.equal(desk.joining.value, "");
});

Deno.test("what the program refuses is said, and the page stays", async () => {
  const { desk, program, went } = setUp();
  program.answer = () => Response.json({ detail: "No host there" }, { status: 502 });
  await desk.join(ID);
  assert.equal(desk.problem.value, "No host there");
  program.answer = () => new Response("<html>", { status: 500 });
  assert.match(await desk.create(WISH), /could not do that/);
  program.answer = () => Promise.reject(new TypeError("Failed to fetch"));
  await desk.leave();
  assert.match(desk.problem.value, /still running/);
  assert.deepEqual(went, []);
});

Deno.test("a program with another key shows its door", async () => {
  const { desk, program, went } = setUp();
  await desk.refresh();
  assert.deepEqual(desk.own.value, OWN);
  program.answer = () => new Response("", { status: 403 });
  await desk.refresh();
  assert.deepEqual(went, ["door"]);
});

Deno.test("the form's values, with the usual title", () => {
  const form = new FormData();
  const values = { home: " Flamengo ", away: "Santos", title: "", sport: "Football", seats: "50" };
  for (const [name, value] of Object.entries(values)) form.set(name, value);
  assert.deepEqual(readWish(form), WISH);
  form.set("unlisted", "on");
  form.set("title", "The final");
  form.set("startsAt", "2026-12-05T18:00");
  const wish = readWish(form);
  assert.deepEqual([wish.title, wish.visibility], ["The final", "unlisted"]);
  assert.equal(wish.startsAt, new Date("2026-12-05T18:00").getTime());
});

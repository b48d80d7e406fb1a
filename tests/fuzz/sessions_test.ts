import assert from "node:assert/strict";
import fc from "fast-check";
import { Session, SessionTable, SILENCE_MILLIS } from "../../server/edge/sessions/sessions.ts";
import { type Address, addressKey } from "../../shared/driver/socket.ts";
import { acceptInfo, inAccept } from "../client/scripted_host.ts";
import { runs } from "../runs.ts";

const PLACES = 4;

function place(index: number): Address {
  return { hostname: "10.0.0.1", port: 5000 + index };
}

function makeSession(number: number, at: number, now: number): Session {
  return new Session({
    connectionId: BigInt(number),
    address: place(at),
    clientId: `client ${number}`,
    listenerSsrc: number,
    admission: {
      cookieIssuedAt: now,
      cookieAge: 0,
      info: inAccept(acceptInfo()),
      accept: new Uint8Array(1),
    },
  }, now);
}

/** The table, compared with the simplest model of it: a list. */
class Model {
  readonly table = new SessionTable();
  readonly sessions: Session[] = [];
  now = 1000;
  #made = 0;

  add(at: number): void {
    // As the core does it: a session at the same address is removed first.
    for (const session of this.sessions.filter(({ address }) => address.port === place(at).port)) {
      this.remove(session);
    }
    const session = makeSession(++this.#made, at, this.now);
    this.table.add(session);
    this.sessions.push(session);
  }

  remove(session: Session | undefined): void {
    if (!session) return;
    this.table.remove(session);
    if (this.sessions.includes(session)) this.sessions.splice(this.sessions.indexOf(session), 1);
  }

  check(): void {
    const { table, sessions } = this;
    assert.deepEqual(table.all.map(({ id }) => id), sessions.map(({ id }) => id));
    assert.equal(table.joinedCount, sessions.filter(({ isIn }) => isIn).length);
    for (const session of sessions) {
      assert.equal(table.ofClient(session.clientId), session);
      assert.equal(table.ofSsrc(session.listenerSsrc), session);
      assert.equal(session.hasLeft, false);
    }
    for (let index = 0; index < PLACES; index++) {
      const there = table.at(place(index));
      // Two sessions may claim one address; the later one is found there.
      if (there) {
        assert.ok(
          sessions.includes(there) && addressKey(there.address) === addressKey(place(index)),
        );
      }
    }
    const silent = sessions.filter(({ lastHeard }) => this.now - lastHeard >= SILENCE_MILLIS);
    assert.deepEqual(table.silentSince(this.now).map(({ id }) => id), silent.map(({ id }) => id));
  }
}

type Deed = (model: Model) => void;

const pick = fc.nat(10);
const at = fc.nat(PLACES - 1);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  at.map((at): Deed => (model) => model.add(at)),
  pick.map((pick): Deed => (model) => model.remove(model.sessions[pick])),
  pick.map((pick): Deed => ({ table, sessions }) => {
    const session = sessions[pick];
    if (!session) return;
    const wasIn = session.isIn;
    assert.equal(table.markJoined(session), !wasIn);
  }),
  fc.tuple(pick, at).map(([pick, at]): Deed => ({ table, sessions }) => {
    if (sessions[pick]) table.move(sessions[pick], place(at));
  }),
  pick.map((pick): Deed => ({ sessions, now }) => {
    if (sessions[pick]) sessions[pick].lastHeard = now;
  }),
  fc.nat(15_000).map((millis): Deed => (model) => void (model.now += millis)),
  fc.constant<Deed>((model) => {
    model.table.clear();
    model.sessions.length = 0;
  }),
);

Deno.test("after any operations each session is found by each of its keys, and no removed session is found", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 80, size: "large" }), (deeds) => {
      const model = new Model();
      for (const act of deeds) {
        act(model);
        model.check();
      }
    }),
    runs(300),
  );
});

Deno.test("a list of receivers that was taken does not change later", () => {
  fc.assert(
    fc.property(
      fc.array(deed, { maxLength: 30, size: "large" }),
      fc.array(deed, { maxLength: 30 }),
      (before, after) => {
        const model = new Model();
        for (const act of before) act(model);
        const list = model.table.all;
        const copy = [...list];
        for (const act of after) act(model);
        assert.deepEqual(list, copy);
      },
    ),
    runs(100),
  );
});

/**
 * A storm of JOINs that lead to nothing, as a program of its own:
 *
 *     deno run -A tests/acceptance/join_storm.ts 5004 10 4000 fresh
 *
 * It pours so many a second at that port, for so many seconds, from 127.0.0.2 to 127.0.0.5, each with a
 * good cookie of its address, and prints one line of JSON when its cookies are there, and one at the end.
 * Where a machine is so busy that the host can't even read so many, it takes longer, and says so: what the
 * system drops for want of time says nothing about the host.
 */
import { SeededRng } from "../../shared/core/rng.ts";
import { HpkeSealer } from "../../shared/secrecy/hpke.ts";
import {
  joinAssociated,
  parseAdmission,
  serializeAdmission,
  serializeJoinInfo,
} from "../../shared/admission/admission.ts";

/** `one`: a single cookie for each address. `fresh`: many. `token`: many, well sealed, with a wrong token. */
export type StormKind = "one" | "fresh" | "token";

export interface StormReport {
  readonly sent: number;
  readonly seconds: number;
}

const ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"];
const COOKIES: Record<StormKind, number> = { one: 1, fresh: 500, token: 100 };
/** As a JOIN with a token has it. */
const CIPHERTEXT_BYTES = 120;
const TURN_MILLIS = 5;
/** What may wait in the host's socket, about as much as comes in 50 ms: a fraction of what there is room for. */
const MOST_WAITING_BYTES = 256 * 1024;

interface Ticket {
  readonly clientRandom: Uint8Array;
  readonly cookie: Uint8Array;
  readonly hostKey: Uint8Array;
}

class Attacker {
  readonly #socket: Deno.DatagramConn;
  readonly #to: Deno.NetAddr;
  readonly #rng: SeededRng;
  readonly #joins: (() => Uint8Array)[] = [];
  #next = 0;

  constructor(hostname: string, port: number, seed: number) {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#to = { transport: "udp", hostname: "127.0.0.1", port };
    this.#rng = new SeededRng(seed);
  }

  async prepare(kind: StormKind): Promise<void> {
    const sealer = new HpkeSealer(this.#rng);
    for (let count = 0; count < COOKIES[kind]; count++) {
      const ticket = await this.#ask();
      if (kind !== "token") this.#joins.push(() => this.#garbage(ticket));
      else {
        const join = await sealed(ticket, sealer);
        this.#joins.push(() => join);
      }
    }
  }

  async join(): Promise<void> {
    const make = this.#joins[this.#next++ % this.#joins.length]!;
    await this.#socket.send(make(), this.#to);
  }

  /** A cookie, asked for until it comes. */
  async #ask(): Promise<Ticket> {
    const clientRandom = this.#rng.bytes(16);
    const ask = () =>
      this.#socket.send(serializeAdmission({ type: "hello", clientRandom }), this.#to);
    const again = setInterval(ask, 200);
    try {
      await ask();
      for (;;) {
        const [datagram] = await this.#socket.receive();
        const message = parseAdmission(datagram);
        if (!message.ok || message.value.type !== "retry") continue;
        const { cookie, hostKey, clientRandom: whose } = message.value;
        const isOurs = whose.every((byte, index) => byte === clientRandom[index]);
        if (isOurs) return { clientRandom, cookie, hostKey: hostKey! };
      }
    } finally {
      clearInterval(again);
    }
  }

  #garbage({ clientRandom, cookie }: Ticket): Uint8Array {
    return serializeAdmission({
      type: "sealedJoin",
      clientRandom,
      cookie,
      encapsulated: this.#rng.bytes(32),
      ciphertext: this.#rng.bytes(CIPHERTEXT_BYTES),
    });
  }
}

async function sealed(
  { clientRandom, cookie, hostKey }: Ticket,
  sealer: HpkeSealer,
): Promise<Uint8Array> {
  const plaintext = serializeJoinInfo({ token: "not-the-right-one" });
  const associated = joinAssociated(clientRandom, cookie);
  const { ciphertext, secrets } = await sealer.seal(hostKey, plaintext, associated);
  return serializeAdmission({
    type: "sealedJoin",
    clientRandom,
    cookie,
    encapsulated: secrets.encapsulated,
    ciphertext,
  });
}

async function storm(
  attackers: readonly Attacker[],
  { port, seconds, perSecond }: { port: number; seconds: number; perSecond: number },
): Promise<StormReport> {
  const startedAt = performance.now();
  const wanted = seconds * perSecond;
  const most = 4 * TURN_MILLIS / 1000 * perSecond;
  let sent = 0;
  let due = 0;
  for (let turnedAt = startedAt; sent < wanted;) {
    await new Promise((resolve) => setTimeout(resolve, TURN_MILLIS));
    const now = performance.now();
    // A turn that comes late, as timers do, is made up for; one that comes very late is not.
    due += Math.min(most, (now - turnedAt) / 1000 * perSecond);
    turnedAt = now;
    if (waitingBytes(port) > MOST_WAITING_BYTES) due = sent;
    for (; sent < Math.min(due, wanted); sent++) await attackers[sent % attackers.length]!.join();
  }
  return { sent, seconds: (performance.now() - startedAt) / 1000 };
}

/** What the host has not read yet (proc(5), net/udp); 0 where the system does not tell. */
function waitingBytes(port: number): number {
  try {
    const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
    const lines = Deno.readTextFileSync("/proc/net/udp").split("\n");
    const fields = lines.map((line) => line.trim().split(/\s+/));
    const queues = fields.find(([, local]) => local?.endsWith(end))?.[4] ?? "0:0";
    return parseInt(queues.split(":")[1]!, 16);
  } catch {
    return 0;
  }
}

if (import.meta.main) {
  const [port, seconds, perSecond] = Deno.args.slice(0, 3).map(Number);
  const attackers = ADDRESSES.map((address, index) => new Attacker(address, port!, index + 1));
  const kind = Deno.args[3] as StormKind;
  await Promise.all(attackers.map((attacker) => attacker.prepare(kind)));
  console.log(JSON.stringify({ kind: "ready" }));
  const options = { port: port!, seconds: seconds!, perSecond: perSecond! };
  const report = await storm(attackers, options);
  console.log(JSON.stringify({ kind: "storm", ...report }));
  Deno.exit(0);
}

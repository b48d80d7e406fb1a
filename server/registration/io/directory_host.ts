/*
 * A broadcast in a directory, over HTTP.
 *
 * In: the broadcast's description, what it tells, and the host's address and key. Out: requests to the directory,
 * the keys of its join tokens, and what people are told when it is away or back.
 *
 * `DirectoryHost` registers before the broadcast is opened (server/broadcast/open_directory.ts), then carries out the
 * tasks of a `Registration`, one at a time. Nothing that the broadcast does waits for it.
 * Read next: ../registration.ts.
 */

import type { Millis } from "../../../shared/core/units.ts";
import type { DirectoryFailure, DirectoryResult } from "../../../shared/directory/conversation.ts";
import { DirectoryMember, readKeys } from "../../../shared/directory/directory_member.ts";
import { explainFailure } from "../../../shared/directory/failure_words.ts";
import type { Broadcast, Jwks, NewBroadcast } from "../../../shared/directory/forms.ts";
import type { Identity } from "../../../shared/directory/identity.ts";
import type { Clock } from "../../../shared/driver/clock.ts";
import { converse } from "../../../shared/system/http/directory_calls.ts";
import type { CoreOutput } from "../../interface/output.ts";
import { type HostPlace, Registration, type Task } from "../registration.ts";

/** At the end nobody wants to wait for a directory that is slow. */
const END_PATIENCE: Millis = 2000;
/** What the broadcast tells in between is looked at this often. */
const LOOK_EVERY: Millis = 500;

export interface DirectoryHostOptions {
  /** Ends with a slash. */
  readonly url: string;
  readonly identity: Identity;
  readonly name: string;
  readonly broadcast: NewBroadcast;
  readonly clock: Clock;
}

/** What is known once the broadcast is open. */
export interface HostRun {
  readonly place: HostPlace;
  readonly isLive: boolean;
  readonly score?: string;
  readonly clock?: string;
  /** Aborted when the broadcast is over. */
  readonly signal: AbortSignal;
  /** The keys of the directory's join tokens, each time they were read. */
  readonly onKeys: (keys: Jwks) => Promise<void>;
  readonly notice: (text: string) => void;
}

/** A broadcast in a directory, over HTTP. */
export class DirectoryHost {
  readonly #options: DirectoryHostOptions;
  readonly #member: DirectoryMember;
  /** The broadcast with its id, once the directory knows of it. */
  #registered: NewBroadcast | undefined;
  #registration: Registration | undefined;

  constructor(options: DirectoryHostOptions) {
    this.#options = options;
    this.#member = new DirectoryMember(options.identity, options.name);
  }

  /** Registers the broadcast. @returns its id and the keys of join tokens. */
  async register(signal?: AbortSignal): Promise<DirectoryResult<{ id: string; keys: Jwks }>> {
    const { url, broadcast } = this.#options;
    const made = await converse(this.#member.create(broadcast), { url, signal });
    if (!made.ok) return made;
    const keys = await converse(readKeys(), { url, signal });
    if (!keys.ok) return keys;
    const { id } = made.value;
    this.#registered = { ...broadcast, id };
    return { ok: true, value: { id, keys: keys.value } };
  }

  /** The broadcast could not be opened: the directory is told that it has ended, if it answers soon. */
  async abandon(): Promise<void> {
    const { url } = this.#options;
    const id = this.#registered?.id;
    if (id === undefined) return;
    await converse(this.#member.end(id), { url, patience: END_PATIENCE });
  }

  /** Tells what the broadcast tells. */
  onOutput(output: CoreOutput): void {
    this.#registration?.onOutput(output, this.#options.clock.now());
  }

  /** Sends heartbeats until the broadcast is over, then tells of the end. Never rejects. */
  async run(run: HostRun): Promise<void> {
    const { clock, broadcast } = this.#options;
    const registration = this.#registration = new Registration({
      broadcast: this.#registered ?? broadcast,
      place: run.place,
      isLive: run.isLive,
      isRegistered: this.#registered !== undefined,
      isAway: this.#registered === undefined,
      ...(run.score !== undefined && { score: run.score }),
      ...(run.clock !== undefined && { clock: run.clock }),
      now: clock.now(),
    });
    while (!run.signal.aborted) {
      await this.#advance(registration, run);
      const next = Math.min(registration.deadline, clock.now() + LOOK_EVERY);
      await clock.sleepUntil(next, run.signal);
    }
    registration.end(clock.now());
    const task = registration.poll(clock.now());
    if (task) await this.#carryOut(task, { ...run, signal: AbortSignal.timeout(END_PATIENCE) });
  }

  async #advance(registration: Registration, run: HostRun): Promise<void> {
    const { clock, url } = this.#options;
    for (let task = registration.poll(clock.now()); task;) {
      const result = await this.#carryOut(task, run);
      if (run.signal.aborted && !result.ok) return void registration.onResult(result, clock.now());
      const news = registration.onResult(result, clock.now());
      if (news === "back") run.notice(`The directory at ${url} is back`);
      if (news === "away" && !result.ok) run.notice(this.#describe(result));
      task = registration.poll(clock.now());
    }
  }

  async #carryOut(task: Task, { onKeys, signal }: HostRun): Promise<DirectoryResult<unknown>> {
    const { url } = this.#options;
    const id = (this.#registered ?? this.#options.broadcast).id ?? "";
    switch (task.kind) {
      case "register":
        return await this.#registerAgain(task.body, onKeys, signal);
      case "heartbeat":
        return await converse(this.#member.heartbeat(id, task.body), { url, signal });
      case "end":
        return await converse(this.#member.end(id), { url, signal });
    }
  }

  async #registerAgain(
    body: NewBroadcast,
    onKeys: HostRun["onKeys"],
    signal: AbortSignal,
  ): Promise<DirectoryResult<Broadcast>> {
    const { url } = this.#options;
    const made = await converse(this.#member.create(body), { url, signal });
    if (!made.ok) return made;
    const keys = await converse(readKeys(), { url, signal });
    if (!keys.ok) return keys;
    await onKeys(keys.value);
    this.#registered = body;
    return made;
  }

  #describe(failure: DirectoryFailure): string {
    const { url, identity } = this.#options;
    const { message } = explainFailure(failure, url, identity.publicKey);
    return `${message}. It is asked again; whoever listens notices nothing`;
  }
}

/**
 * Listeners in a process of their own, so that a test that drives a page is not held up by them. Arguments: a join
 * link and how many. Prints a line ten times a second: what each listener has got so far.
 */
import { openListener } from "../../client/session/session.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";

/** One listener, as a line tells of it. */
export interface CrowdMember {
  readonly name: string;
  hasJoined: boolean;
  /** Frames of sound that were played. */
  frames: number;
  reconnects: number;
  /** In the host's words; absent as long as it was not refused or put out. */
  refusal?: string;
}

async function join(link: string, name: string): Promise<CrowdMember> {
  const options = { link, host: "127.0.0.1", port: 0, name, latency: "normal" } as const;
  const session = await openListener(options, systemMachine);
  const member: CrowdMember = { name, hasJoined: false, frames: 0, reconnects: 0 };
  session.subscribe((output) => {
    if (output.kind === "joined") member.hasJoined = true;
    if (output.kind === "audio") member.frames += output.frames.length;
    if (output.kind === "connection" && output.state === "rejoining") member.reconnects++;
  });
  session.finished.then(({ refusal }) => member.refusal = refusal?.reason ?? "none");
  return member;
}

if (import.meta.main) {
  const [link = "", count = "1"] = Deno.args;
  const members = await Promise.all(
    Array.from({ length: Number(count) }, (_, index) => join(link, `listener ${index}`)),
  );
  setInterval(() => console.log(JSON.stringify(members)), 100);
}

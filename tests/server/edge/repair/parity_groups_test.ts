import assert from "node:assert/strict";
import type { ParityEncoder } from "../../../../server/edge/repair/parity_encoder.ts";
import { ParityGroups } from "../../../../server/edge/repair/parity_groups.ts";
import type { Session } from "../../../../server/edge/sessions/sessions.ts";

const WEAK = { columns: 2, rows: 3, hasRowParity: false };
const STRONG = { columns: 2, rows: 2, hasRowParity: true };

function scene() {
  const groups = new ParityGroups(() => ({}) as ParityEncoder);
  const [one, other] = [1, 2].map(() => ({ hasLeft: false }) as Session) as [Session, Session];
  const members = () => [...groups.all].map((group) => [group.protection, group.members]);
  return { groups, one, other, members };
}

Deno.test("a listener is in one group, and a group without members is closed", () => {
  const { groups, one, other, members } = scene();
  groups.put(one, WEAK);
  groups.put(other, { ...WEAK });
  assert.deepEqual(members(), [[WEAK, [one, other]]]);
  groups.put(one, STRONG);
  assert.deepEqual(members(), [[WEAK, [other]], [STRONG, [one]]]);
  groups.put(one, undefined);
  groups.remove(other);
  assert.deepEqual(members(), []);
});

Deno.test("a list of members never changes, and who has left enters none", () => {
  const { groups, one, other, members } = scene();
  groups.put(one, WEAK);
  const [group] = groups.all;
  const before = group!.members;
  groups.put(other, WEAK);
  assert.deepEqual([before, group!.members], [[one], [one, other]]);
  groups.remove(one);
  Object.assign(one, { hasLeft: true });
  groups.put(one, STRONG);
  assert.deepEqual(members(), [[WEAK, [other]]]);
});

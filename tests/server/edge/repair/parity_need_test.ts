import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ParityNeed,
  type Path,
  type PlayedReport,
} from "../../../../server/edge/repair/parity_need.ts";
import { runs } from "../../../runs.ts";
import type { Protection } from "../../../../shared/rtp/fec.ts";

const T0 = 1_763_600_000_000;
const REPORT_MILLIS = 5000;
/** A second of MP3 is 38 packets. */
const PACKETS = 190;
const FAR: Path = { roundTripMillis: 300, jitterMillis: 3, latencyMillis: 200, packetMillis: 26 };
const NEAR: Path = { ...FAR, roundTripMillis: 20 };
const CLEAN: PlayedReport = { packets: PACKETS, lost: 0, repaired: 0 };
const REPAIRED: PlayedReport = { packets: PACKETS, lost: 0, repaired: 10 };
const LOSING: PlayedReport = { packets: PACKETS, lost: 6, repaired: 4 };

/** A listener that reports every five seconds, and its protection after each report. */
class SenderReports {
  readonly need = new ParityNeed();
  now = T0;

  constructor(readonly path: Path) {}

  report(report: PlayedReport, path = this.path): Protection | undefined {
    this.now += REPORT_MILLIS;
    this.need.onReport(report, path, this.now);
    return this.need.protection;
  }

  /** @returns the number of reports until the protection became the final one. */
  reportUntil(report: PlayedReport, isDone: (protection?: Protection) => boolean, most = 400) {
    for (let count = 1; count <= most; count++) {
      if (isDone(this.report(report))) return count;
    }
    throw new Error(`Not within ${most} reports`);
  }
}

const isOff = (protection?: Protection) => protection === undefined;
const isOn = (protection?: Protection) => protection !== undefined;

Deno.test("parity is off while retransmission suffices, however much it repairs", () => {
  const near = new SenderReports(NEAR);
  for (let count = 0; count < 100; count++) assert.equal(near.report(REPAIRED), undefined);
});

Deno.test("on a long path parity is off while nothing is lost, and on at the first loss", () => {
  const far = new SenderReports(FAR);
  for (let count = 0; count < 100; count++) assert.equal(far.report(CLEAN), undefined);
  assert.deepEqual(far.report({ packets: PACKETS, lost: 1, repaired: 0 }), {
    columns: 1,
    rows: 5,
    hasRowParity: false,
  });
});

Deno.test("heavier loss is protected more densely from the start", () => {
  const far = new SenderReports(FAR);
  assert.deepEqual(far.report(LOSING), { columns: 3, rows: 2, hasRowParity: false });
});

Deno.test("on a short path parity takes two bad windows: one may be an outage", () => {
  const near = new SenderReports(NEAR);
  assert.equal(near.report(LOSING), undefined);
  assert.equal(near.report(CLEAN), undefined);
  assert.equal(near.report(LOSING), undefined);
  assert.ok(isOn(near.report(LOSING)));
});

Deno.test("unrepaired bursts make the rows longer; finally rows are protected too", () => {
  const far = new SenderReports(FAR);
  far.report({ packets: PACKETS, lost: 4, repaired: 0 });
  const seen: Protection[] = [far.need.protection!];
  for (let count = 0; count < 12; count++) {
    const protection = far.report({ packets: PACKETS, lost: 2, repaired: 0 })!;
    if (
      seen.at(-1)?.columns !== protection.columns ||
      seen.at(-1)?.hasRowParity !== protection.hasRowParity
    ) {
      seen.push(protection);
    }
  }
  assert.deepEqual(seen.map(({ columns, rows, hasRowParity }) => [columns, rows, hasRowParity]), [
    [1, 5, false],
    [2, 3, false],
    [3, 2, false],
    [3, 2, true],
  ]);
});

Deno.test("parity goes off step by step when nothing is lost any more", () => {
  const far = new SenderReports(FAR);
  far.report(LOSING);
  const steps: number[] = [];
  far.reportUntil(CLEAN, (protection) => {
    if (protection && steps.at(-1) !== protection.rows) steps.push(protection.rows);
    return isOff(protection);
  });
  assert.deepEqual(steps, [2, 3, 5]);
});

Deno.test("on a long path parity stays on while packets are lost, though all are repaired", () => {
  const far = new SenderReports(FAR);
  far.report(LOSING);
  for (let count = 0; count < 400; count++) assert.ok(isOn(far.report(REPAIRED)));
});

Deno.test("a failed try of a weaker protection doubles the time until the next one", () => {
  const near = new SenderReports(NEAR);
  const tries: number[] = [];
  for (let round = 0; round < 4; round++) {
    near.reportUntil(LOSING, isOn);
    tries.push(near.reportUntil(REPAIRED, isOff));
  }
  for (const [index, later] of tries.slice(1).entries()) {
    assert.ok(later > tries[index]! * 1.5, `${tries}`);
  }
});

Deno.test("after half an hour in which the strongest did not suffice, weaker ones are still tried soon", () => {
  for (const path of [FAR, NEAR]) {
    const reporter = new SenderReports(path);
    for (let count = 0; count < 360; count++) reporter.report(LOSING);
    const strongest = reporter.need.protection;
    assert.equal(strongest?.hasRowParity, true);
    const reports = reporter.reportUntil(CLEAN, (protection) => protection !== strongest);
    assert.equal(reports * REPORT_MILLIS, 30_000);
  }
});

Deno.test("a failed try doubles the time once, however much worse the path becomes", () => {
  const far = new SenderReports(FAR);
  const first = far.report(LOSING);
  far.reportUntil(CLEAN, (protection) => protection !== first);
  for (let count = 0; count < 60; count++) far.report(LOSING);
  const strongest = far.need.protection;
  const reports = far.reportUntil(CLEAN, (protection) => protection !== strongest);
  assert.equal(reports * REPORT_MILLIS, 60_000);
});

Deno.test("a block never spans more than the latency, whatever the path; none fits a short one", () => {
  const path = fc.record({
    roundTripMillis: fc.integer({ min: 0, max: 1000 }),
    jitterMillis: fc.integer({ min: 0, max: 50 }),
    latencyMillis: fc.integer({ min: 20, max: 2000 }),
    packetMillis: fc.integer({ min: 0, max: 200 }),
  });
  const report = fc.record({
    packets: fc.integer({ min: 0, max: 300 }),
    lost: fc.nat(20),
    repaired: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(report, path), { maxLength: 60 }), (reports) => {
      const reporter = new SenderReports(FAR);
      for (const [report, path] of reports) {
        const protection = reporter.report(report, path);
        if (!protection) continue;
        const { columns, rows } = protection;
        assert.ok(columns >= 1 && rows >= 2);
        if (report.packets > 0) {
          assert.ok(columns * rows * path.packetMillis + path.jitterMillis < path.latencyMillis);
        }
      }
    }),
    runs(200),
  );
  const short = new SenderReports({ ...FAR, latencyMillis: 60 });
  for (let count = 0; count < 10; count++) assert.equal(short.report(LOSING), undefined);
});

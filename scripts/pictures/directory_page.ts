import { type Made, Person, startDirectory } from "../../tests/e2e/directory_people.ts";
import type { Camera } from "./camera.ts";

const HOUR = 3_600_000;
const PATIENCE = { timeout: 60_000 };

interface Shown extends Made {
  readonly told: Readonly<Record<string, unknown>>;
}

const soon = { state: "soon", score: null, clock: null, seatsTaken: 0 };

function broadcasts(now: number): readonly Shown[] {
  return [
    { home: "Flamengo", away: "Santos", told: { score: "2 x 1", clock: "63:10", seatsTaken: 41 } },
    { home: "Grêmio", away: "Palmeiras", told: { score: "0 x 0", clock: "12:44", seatsTaken: 9 } },
    {
      home: "Leinster",
      away: "Munster",
      sport: "rugby",
      told: { score: "17 x 13", clock: "52:30", seatsTaken: 50 },
    },
    { home: "Ajax", away: "Feyenoord", startsAt: now + HOUR, told: soon },
    {
      title: "Beam time, experiment 4",
      sport: "physics",
      home: "Beamline",
      away: "Detector",
      startsAt: now + 3 * HOUR,
      told: soon,
    },
  ];
}

/** The page of a directory with broadcasts that are on, soon and over. */
export async function stageDirectory(camera: Camera): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const { directory, url } = await startDirectory();
  opened.use(directory);
  const ann = await Person.identify(url, "Ann");
  const ids: string[] = [];
  for (const { told, ...made } of broadcasts(Date.now())) {
    const id = await ann.create(made);
    await ann.beat(id, told);
    ids.push(id);
  }
  const page = await camera.browser.open(url);
  await page.locator('[data-testid="broadcast"]').nth(ids.length - 1).waitFor(PATIENCE);
  await camera.take("directory", { page, width: 1280, height: 900 });
}

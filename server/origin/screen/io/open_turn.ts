import { isNamedPipe } from "../../../../shared/system/files/named_pipe.ts";
import { isAddress, isStandardInput } from "../../io/bytes/location.ts";
import { openBytes } from "../../io/bytes/open_bytes.ts";
import { kindError } from "./screen_advice.ts";
import type { ScreenTurn, TurnContext } from "./screen_turn.ts";
import { openSplit } from "./splitter_turn.ts";
import { StartedBytes } from "./started_bytes.ts";

/** @throws CommandError when the location can't be opened or has no pictures that can be sent. */
export async function openTurn(location: string, context: TurnContext): Promise<ScreenTurn> {
  const bytes = new StartedBytes(await openBytes(location, context));
  try {
    return await readTurn(location, bytes, context);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function readTurn(
  location: string,
  bytes: StartedBytes,
  context: TurnContext,
): Promise<ScreenTurn> {
  const kind = await bytes.recognize();
  const next = async () => {
    if (!bytes.beginAnew()) return undefined;
    return await readTurn(location, bytes, context);
  };
  if (kind === "other") throw kindError(location, bytes.start, bytes.contentType);
  if (kind === "mp4" || kind === "matroska") {
    const isFile = !isAddress(location) && !isStandardInput(location) && !isNamedPipe(location);
    // The library that reads containers is large; other files need none of it.
    const { openContainer } = await import("./container_turn.ts");
    return await openContainer({ location, kind, bytes, isFile, next }, context);
  }
  return await openSplit({ location, kind, bytes, next }, context);
}

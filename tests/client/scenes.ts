import type { ListenerConfig } from "../../client/interface/config.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { JoinedInfo } from "../../client/interface/output.ts";
import { acceptInfo, Scene } from "./scripted_host.ts";

/** A listener that has just begun its handshake. */
export function scene(config: Partial<ListenerConfig> = {}): Scene {
  return new Scene(config, new SeededRng(1));
}

/** A listener after its ACCEPT, with streams that begin at sequence number `start`. */
export function joined(
  config: Partial<ListenerConfig> = {},
  start = 0,
  info: Partial<JoinedInfo> = {},
): Scene {
  const opened = scene(config);
  opened.join(acceptInfo(start, info));
  return opened;
}

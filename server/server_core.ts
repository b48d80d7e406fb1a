import type { Core, Transmit } from "../shared/core/driver.ts";
import type { Rng } from "../shared/core/rng.ts";
import type { Address } from "../shared/core/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import type { EncodedFrame } from "../shared/media/channel.ts";
import type { ServerConfig } from "./config.ts";
import type { NewEvent } from "./new_event.ts";
import type { ServerOutput } from "./output.ts";

/** The host, without I/O. */
export class ServerCore implements Core<ServerOutput> {
  constructor(_config: ServerConfig, _deps: { readonly rng: Rng; readonly now: Millis }) {}
  /** Media that waits to be sent; push more while it is below what a pause may take. */
  get audioBacklog(): Millis {
    return 0;
  }
  get isFinished(): boolean {
    return false;
  }
  get deadline(): Millis | undefined {
    return undefined;
  }
  receive(_datagram: Uint8Array, _from: Address, _now: Millis): void {}
  advance(_now: Millis): void {}
  pushAudio(_frame: EncodedFrame, _now: Millis): void {}
  endAudio(_now: Millis): void {}
  pushEvent(_event: NewEvent, _now: Millis): void {}
  endEvents(_now: Millis): void {}
  shutdown(_reason: string, _now: Millis): void {}
  pollTransmit(): Transmit | undefined {
    return undefined;
  }
  pollOutput(): ServerOutput | undefined {
    return undefined;
  }
}

import type { Match } from "../interface/config.ts";
import type { NewEvent } from "../origin/timeline/new_event.ts";
import type { PressChange } from "./match/press_changes.ts";
import type { PageQueue } from "./pages/page_queue.ts";
import type { CaptureOutput } from "./capture_output.ts";

/** What the studio asks the broadcast to do, in this order. */
export type StudioOutput =
  | Exclude<CaptureOutput, { readonly kind: "control" }>
  | { readonly kind: "events"; readonly events: readonly NewEvent[] }
  | PressChange
  /** The host has named the teams. */
  | { readonly kind: "teams"; readonly teams: Match }
  /** The host says that what the stands report has happened, or has not. */
  | { readonly kind: "decide"; readonly candidateId: string; readonly isConfirmed: boolean }
  /** @property listener the id of its connection. */
  | { readonly kind: "put-out"; readonly listener: string }
  | Revocation;

/** A signed token is to be revoked in its file; `onRevoked` of the core follows. */
export interface Revocation {
  readonly kind: "revoke";
  readonly tokenId: string;
  /** Who asked, and the id of the request. */
  readonly page: PageQueue;
  readonly request: string;
}

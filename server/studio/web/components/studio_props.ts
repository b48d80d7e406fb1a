import type { MediaDesk } from "../media/media_desk.ts";
import type { Desk } from "../model/desk.ts";
import type { StudioModel } from "../model/model.ts";

/** What most components of the page are given. */
export interface StudioProps {
  readonly model: StudioModel;
  readonly desk: Desk;
  readonly media: MediaDesk;
}

import type { MediaDesk } from "../media/media_desk.ts";
import type { Desk } from "../model/desk.ts";
import type { StudioModel } from "../model/model.ts";

/** What the components show, and where what is pressed goes. */
export interface StudioProps {
  readonly model: StudioModel;
  readonly desk: Desk;
  readonly media: MediaDesk;
}

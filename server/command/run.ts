export { type Broadcast, type BroadcastReady } from "../broadcast/broadcast.ts";
export { openBroadcast } from "../broadcast/open_broadcast.ts";
export { serve } from "./serve.ts";

export { type Broadcast, type BroadcastReady } from "./broadcast.ts";
export { openBroadcast } from "./open_broadcast.ts";
export { serve } from "./serve.ts";

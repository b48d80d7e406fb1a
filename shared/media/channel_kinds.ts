export type ChannelKind = "paced" | "ordered";
interface Rules {
  readonly isSigned: boolean;
  readonly hasParity: boolean;
  readonly history: { readonly capacity: number; readonly maxAge: number };
}
export const CHANNEL_KINDS: Readonly<Record<ChannelKind, Rules>> = {
  paced: { isSigned: false, hasParity: true, history: { capacity: 4096, maxAge: 2000 } },
  ordered: { isSigned: true, hasParity: false, history: { capacity: 32_768, maxAge: Infinity } },
};

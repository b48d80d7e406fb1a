import type { Terminal } from "../../shared/driver/machine.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import type { PageKey } from "../../shared/http/page_key.ts";
import { browserAddresses } from "../../shared/system/http/web_server.ts";
import { addressLines } from "../../shared/text/address_lines.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import { qrCodeFor } from "../../shared/text/qr_drawing.ts";

/** Where a page is: the best address, and the others. Each ends in the key of the page if it has one. */
export interface PageAddresses {
  /** The best one without the key, for a log. */
  readonly bare: string;
  readonly url: string;
  /** The last one is for the machine itself. */
  readonly others: readonly string[];
}

/** @param bound the address of its server; `0.0.0.0` and `::` are no addresses that a browser opens. */
export function pageAddresses(bound: Address, key: PageKey | undefined): PageAddresses {
  const [bare = "", ...others] = browserAddresses(bound)
    .map((address) => `http://${formatAddress(address)}/`);
  const withKey = (url: string) => key ? `${url}#k=${key.text}` : url;
  return { bare, url: withKey(bare), others: others.map(withKey) };
}

export interface TellOptions {
  readonly json: boolean;
  readonly qr?: boolean;
}

/**
 * Prints where a page is. For others the address is a QR code too, which a phone opens: unlike a join link it needs
 * no program there.
 */
export function tellPage(
  { url, others }: Pick<PageAddresses, "url" | "others">,
  isForOthers: boolean,
  { json, qr }: TellOptions,
  terminal: Terminal,
): void {
  const code = qrCodeFor(terminal, url, qr ?? (isForOthers && !json ? undefined : false));
  if (json) {
    terminal.err(code);
    terminal.out(formatJsonLine({ kind: "ready", url }));
  } else {
    terminal.out(`${code && `${code}\n`}The page is at ${url}\n${addressLines(others)}`);
  }
}

import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { type Address, formatAddress } from "../../shared/core/socket.ts";

export interface WebServer {
  /** What it is bound to, with the port the system chose. */
  readonly address: Address;
  close(): Promise<void>;
}

/** How long open responses and sockets get to end by themselves. */
const GRACE_MILLIS = 500;

/** @throws CommandError when the address can't be had, naming it and what to do. */
export function serveWeb(
  local: Address,
  handle: (request: Request) => Response | Promise<Response>,
): WebServer {
  const stopping = new AbortController();
  try {
    const server = Deno.serve(
      { hostname: local.hostname, port: local.port, signal: stopping.signal, onListen() {} },
      handle,
    );
    const { hostname, port } = server.addr;
    return {
      address: { hostname, port },
      async close() {
        const timer = setTimeout(() => stopping.abort(), GRACE_MILLIS);
        await server.shutdown();
        clearTimeout(timer);
      },
    };
  } catch (error) {
    throw new CommandError(ExitCode.failure, explain(error, local));
  }
}

function explain(error: unknown, local: Address): string {
  const where = formatAddress(local);
  if (error instanceof Deno.errors.AddrInUse) {
    return `HTTP address ${where} is in use: choose another with --http, or port 0 for any free one`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${where} is not an address of this machine: choose another with --http`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Not allowed to open ${where}: choose a port above 1023 with --http`;
  }
  return `Can't serve the page on ${where}: ${error instanceof Error ? error.message : error}`;
}

/**
 * shared/system/http: a web server for the pages of this program, on loopback or a local network.
 *
 * TCP connections come in (tcp_acceptor.ts, connection_stream.ts); http_exchange.ts reads a request from
 * each and sends the response that the caller's function gives. A connection that asks for a WebSocket is
 * handed over. ../../http has what refuses strangers. The next file to read is http_exchange.ts.
 */
import type { Duplex } from "node:stream";
import { CommandError, ExitCode } from "../../core/errors.ts";
import { localHost, outwardHosts } from "../../driver/outward_address.ts";
import { type Address, formatAddress } from "../../driver/socket.ts";
import type { ConnectionStream } from "./connection_stream.ts";
import { readHead, type RequestHead, sendResponse, toRequest } from "./http_exchange.ts";
import { readRequestBody } from "./request_body.ts";
import { type ConnectionLimits, TcpAcceptor } from "./tcp_acceptor.ts";

/** A running HTTP server. */
export interface WebServer {
  /** The bound address, with the port that the system chose. */
  readonly address: Address;
  /** The number of open TCP connections. */
  readonly connectionCount: number;
  /**
   * The connection of a request that asks for another protocol; the caller takes it over, and the
   * response to the request is not sent. Undefined for other requests, and for a second call.
   */
  takeConnection(request: Request): BareConnection | undefined;
  close(): Promise<void>;
}

/** A connection after its HTTP request; later bytes are still to be read. */
export interface BareConnection {
  readonly head: RequestHead;
  readonly stream: Duplex;
}

export interface WebServerOptions {
  /** The option of the command line that names the address, for errors; `--http` when absent. */
  readonly flag?: string;
  /** @param from the address of the other side */
  readonly handle: (request: Request, from: string) => Response | Promise<Response>;
  /**
   * The longest body of a request; a longer one is discarded, and the request has its `content-length` but no
   * body. When absent no body is read.
   */
  readonly maxBodyBytes?: number;
  /** The answer to what is no valid HTTP: status 400, 431 or 501. A line of text when absent. */
  readonly refuse?: (status: number) => Response;
  /** Connections can't be accepted at the moment; open ones go on. */
  readonly onTrouble?: (error: unknown, times: number) => void;
  readonly limits?: Partial<ConnectionLimits>;
}

/** How long open responses and sockets may take to end. */
const GRACE_MILLIS = 500;

/**
 * Serves HTTP, one request per connection. `Deno.serve` is not used: it ends when
 * there are no file descriptors left, limits neither connections nor WebSocket messages, and waits for a
 * request without a timeout.
 *
 * @throws CommandError when the address is not available; it names the address and what to do.
 */
export function serveWeb(local: Address, options: WebServerOptions): WebServer {
  const listener = listen(local, options.flag ?? "--http");
  const bare = new WeakMap<Request, BareConnection>();
  const acceptor = new TcpAcceptor(listener, {
    onConnection: (stream) => serveOne(stream).catch(() => stream.destroy()),
    onTrouble: options.onTrouble ?? (() => {}),
    limits: options.limits,
  });
  async function serveOne(stream: ConnectionStream): Promise<void> {
    const received = await receiveRequest(stream, options.maxBodyBytes);
    if (received === undefined) return;
    acceptor.serve(stream);
    if (typeof received === "number") {
      return await sendResponse((options.refuse ?? refuseInText)(received), stream);
    }
    const { head, request } = received;
    const wantsOther = head.headers.has("upgrade");
    if (wantsOther) bare.set(request, { head, stream });
    const response = await options.handle(request, stream.remoteHostname);
    if (!wantsOther || bare.delete(request)) await sendResponse(response, stream);
  }
  const { hostname, port } = listener.addr;
  return {
    address: { hostname, port },
    get connectionCount() {
      return acceptor.connectionCount;
    },
    takeConnection(request) {
      const connection = bare.get(request);
      bare.delete(request);
      return connection;
    },
    close: () => acceptor.close(GRACE_MILLIS),
  };
}

/** @returns a status for what is no valid request; undefined when the connection ended before. */
async function receiveRequest(
  stream: ConnectionStream,
  maxBodyBytes: number | undefined,
): Promise<{ readonly head: RequestHead; readonly request: Request } | number | undefined> {
  const head = await readHead(stream);
  if (head === undefined || typeof head === "number") return head;
  const body = await readRequestBody(stream, head, maxBodyBytes);
  if (body === "ended") return undefined;
  if (typeof body === "number") return body;
  if (head.headers.has("transfer-encoding")) {
    // RFC 9112 section 7.1.3.
    head.headers.delete("transfer-encoding");
    head.headers.set("content-length", String(body.length));
  }
  const request = toRequest(head, body.bytes);
  return request ? { head, request } : 400;
}

function refuseInText(status: number): Response {
  return new Response(`${status}: this is not a valid request\n`, { status });
}

function listen(local: Address, flag: string): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: local.hostname, port: local.port });
  } catch (error) {
    throw new CommandError(ExitCode.failure, explain(error, local, flag));
  }
}

/** So many ports are tried to name one that is free. */
const MOST_TRIED = 10;

/** `, such as --http 127.0.0.1:8082`: the next address that is free; "" when none is near. */
function suggestFree({ hostname, port }: Address, flag: string): string {
  for (let other = port + 1; other <= Math.min(port + MOST_TRIED, 65_535); other++) {
    try {
      Deno.listen({ hostname, port: other }).close();
      return `, such as ${flag} ${formatAddress({ hostname, port: other })}`;
    } catch {
      // In use too.
    }
  }
  return "";
}

function explain(error: unknown, local: Address, flag: string): string {
  const where = formatAddress(local);
  if (error instanceof Deno.errors.AddrInUse) {
    return `HTTP address ${where} is in use: choose another with ${flag}${
      suggestFree(local, flag)
    }, or port 0 for any free one`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${where} is not an address of this machine: choose another with ${flag}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Not allowed to open ${where}: choose a port above 1023 with ${flag}`;
  }
  return `Can't serve the page on ${where}: ${error instanceof Error ? error.message : error}`;
}

/**
 * The addresses for browsers, the best first: for a server bound to all addresses those that others may reach, and the
 * last one is for the machine itself.
 */
export function browserAddresses({ hostname, port }: Address): Address[] {
  const hosts = new Set([...outwardHosts(hostname, Deno.networkInterfaces()), localHost(hostname)]);
  return [...hosts].map((host) => ({ hostname: host, port }));
}

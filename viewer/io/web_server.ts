import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import { type Address, formatAddress } from "../../shared/core/socket.ts";
import type { ConnectionStream } from "./connection_stream.ts";
import { sendResponse, toRequest } from "./http_exchange.ts";
import { type ConnectionLimits, TcpAcceptor } from "./tcp_acceptor.ts";

export interface WebServer {
  /** What it is bound to, with the port the system chose. */
  readonly address: Address;
  /** Of TCP. */
  readonly connectionCount: number;
  /**
   * The bare connection of a request that asks for another protocol, for whoever is to speak it from
   * now on; undefined for other requests, and the second time. What is returned as the response of
   * such a request is not sent.
   */
  takeConnection(request: Request): BareConnection | undefined;
  close(): Promise<void>;
}

/** A connection that HTTP has left. */
export interface BareConnection {
  readonly incoming: IncomingMessage;
  readonly stream: Duplex;
  /** What of the other protocol came with the request. */
  readonly head: Uint8Array;
}

export interface WebServerOptions {
  readonly handle: (request: Request) => Response | Promise<Response>;
  /** Connections can't be accepted for now; those that are there go on. */
  readonly onTrouble?: (error: unknown, times: number) => void;
  readonly limits?: Partial<ConnectionLimits>;
}

/** How long open responses and sockets get to end by themselves. */
const GRACE_MILLIS = 500;
/** Of a request's first line and headers together. */
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * Serves HTTP without request bodies, one request a connection. `Deno.serve` is not used: it ends
 * when it is out of descriptors, bounds neither connections nor WebSocket messages, and waits for
 * ever for a request that does not come.
 *
 * @throws CommandError when the address can't be had, naming it and what to do.
 */
export function serveWeb(local: Address, options: WebServerOptions): WebServer {
  const listener = listen(local);
  const http = createServer({ maxHeaderSize: MAX_HEAD_BYTES });
  const acceptor = new TcpAcceptor(listener, {
    onConnection: (stream) => http.emit("connection", stream),
    onTrouble: options.onTrouble ?? (() => {}),
    limits: options.limits,
  });
  const bare = new WeakMap<Request, BareConnection>();
  http.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    acceptor.serve(streamOf(incoming));
    // A body is read and thrown away, so that the answer is not lost behind it.
    incoming.resume();
    answer(incoming, toRequest(incoming), options.handle, () => outgoing);
  });
  http.on("upgrade", (incoming: IncomingMessage, stream: Duplex, head: Uint8Array) => {
    acceptor.serve(streamOf(incoming));
    const request = toRequest(incoming);
    if (request) bare.set(request, { incoming, stream, head });
    const isTaken = () => request !== undefined && !bare.delete(request);
    answer(
      incoming,
      request,
      options.handle,
      () => isTaken() ? undefined : responseOn(stream, incoming),
    );
  });
  http.on("clientError", explainMalformed);
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

/** @param open gives what to send the response with, when it is known; undefined for not at all */
async function answer(
  incoming: IncomingMessage,
  request: Request | undefined,
  handle: WebServerOptions["handle"],
  open: () => ServerResponse | undefined,
): Promise<void> {
  try {
    const response = request
      ? await handle(request)
      : new Response("400: nothing can be asked like this\n", { status: 400 });
    const outgoing = open();
    if (outgoing) await sendResponse(response, outgoing);
  } catch {
    incoming.socket.destroy();
  }
}

/** For a request that asked for another protocol, and is answered in this one. */
function responseOn(stream: Duplex, incoming: IncomingMessage): ServerResponse {
  const outgoing = new ServerResponse(incoming);
  outgoing.assignSocket(stream as Socket);
  outgoing.on("finish", () => stream.end(() => stream.destroy()));
  return outgoing;
}

/** Ours: every connection of this server was accepted by it. */
function streamOf(incoming: IncomingMessage): ConnectionStream {
  return incoming.socket as unknown as ConnectionStream;
}

function explainMalformed(error: Error & { code?: string }, stream: Duplex): void {
  if (error.code === "ECONNRESET" || !stream.writable) return void stream.destroy();
  const status = error.code === "HPE_HEADER_OVERFLOW"
    ? "431 Request Header Fields Too Large"
    : "400 Bad Request";
  const answer = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  stream.end(answer, () => stream.destroy());
}

function listen(local: Address): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: local.hostname, port: local.port });
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

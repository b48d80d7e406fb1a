import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

/**
 * Headers that allow only this server's own files, and forbid framing, embedding and type sniffing.
 *
 * @param isLocal whether the page is served on loopback, which browsers trust like https
 * @param captures whether the page takes sound and pictures of this machine
 */
export const contentSecurity = (isLocal: boolean, captures = false) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      mediaSrc: ["'self'"],
      workerSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    // Browsers ignore this header on http beyond loopback, and print a warning.
    crossOriginOpenerPolicy: isLocal && "same-origin",
    crossOriginResourcePolicy: "same-origin",
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
    xContentTypeOptions: "nosniff",
    permissionsPolicy: {
      camera: [],
      microphone: captures ? ["self"] : [],
      displayCapture: captures ? ["self"] : [],
      geolocation: [],
    },
    // The page is served as http, without TLS.
    strictTransportSecurity: false,
  });

/** HEAD is answered like GET without the body, so the body is cancelled. */
export const cancelHeadBodies: MiddlewareHandler = async (context, next) => {
  await next();
  if (context.req.method === "HEAD") await context.res.body?.cancel();
};

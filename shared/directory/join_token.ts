import * as v from "valibot";
import { broadcastId } from "./forms.ts";
import { fromBase64Url } from "./identity.ts";
import { key } from "./keys_and_names.ts";

/** The `typ` of a directory's join tokens: no other JWT is taken for one (RFC 8725 section 3.11). */
export const JOIN_TOKEN_TYPE = "streamer-join+jwt";

const printable = v.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);

/** The claims of a join token. Times are in seconds (RFC 7519 section 2). */
export const JoinClaimsSchema = v.object({
  jti: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** The person's id, and their name. */
  sub: v.pipe(v.string(), v.regex(/^[\w-]{1,36}$/)),
  name: v.pipe(v.string(), v.nonEmpty(), v.maxLength(64), printable),
  /** The broadcast. */
  aud: broadcastId,
  role: v.picklist(["listener", "reporter"]),
  /** The owner's key (RFC 7800 section 3.2). */
  cnf: v.object({
    jwk: v.object({ kty: v.literal("OKP"), crv: v.literal("Ed25519"), x: key }),
  }),
  exp: v.pipe(v.number(), v.finite(), v.minValue(0)),
});

const ConfirmedSchema = v.object({ cnf: v.object({ jwk: v.object({ x: key }) }) });

/**
 * The key that a token names as its owner's (`cnf`, RFC 7800): base64url. Nothing is verified, since only the
 * host can; undefined for a token that needs no proof.
 */
export function ownerOf(token: string): string | undefined {
  try {
    const [, claims = ""] = token.split(".");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(fromBase64Url(claims));
    return v.parse(ConfirmedSchema, JSON.parse(text)).cnf.jwk.x;
  } catch {
    return undefined;
  }
}

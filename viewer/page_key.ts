import { createHash, timingSafeEqual } from "node:crypto";
import type { Rng } from "../shared/core/rng.ts";

const KEY_BYTES = 16;

/**
 * The secret that opens a page served beyond this machine. It comes in the fragment of the page's
 * address, which no browser sends, and is kept as a cookie; players show it as `?k=`, scripts as
 * `Authorization: Bearer` (RFC 6750).
 */
export class PageKey {
  /** 22 characters of base64url. */
  readonly text: string;
  readonly #cookieName: string;

  /** @param port cookies know no ports, so the name tells the viewers of one machine apart */
  constructor(rng: Rng, port: number) {
    this.text = rng.bytes(KEY_BYTES).toBase64({ alphabet: "base64url", omitPadding: true });
    this.#cookieName = `streamer-${port}`;
  }

  /**
   * What makes a browser that has shown the key show it again. Lax, so that a link to the page still
   * opens it; what other sites embed or fetch goes without.
   */
  get cookie(): string {
    return `${this.#cookieName}=${this.text}; Path=/; HttpOnly; SameSite=Lax`;
  }

  isShownBy(request: Request): boolean {
    const shown = [
      bearerOf(request),
      new URL(request.url).searchParams.get("k"),
      ...cookiesOf(request, this.#cookieName),
    ];
    return shown.some((text) => this.#isRight(text ?? ""));
  }

  isShownAsBearer(request: Request): boolean {
    return this.#isRight(bearerOf(request) ?? "");
  }

  /** In a time that tells nothing about the key. */
  #isRight(text: string): boolean {
    return timingSafeEqual(digest(text), digest(this.text));
  }
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer ([\w-]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}

/** All of that name: a page of another port of this host may have set one for another path. */
function cookiesOf(request: Request, name: string): string[] {
  return (request.headers.get("cookie") ?? "").split(/;\s*/)
    .filter((cookie) => cookie.startsWith(`${name}=`))
    .map((cookie) => cookie.slice(name.length + 1));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

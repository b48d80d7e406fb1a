const SYMBOLS = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  /** Linux alone has these two. */
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32", optional: true },
  recvmmsg: {
    parameters: ["i32", "buffer", "u32", "i32", "pointer"],
    result: "i32",
    optional: true,
  },
} as const;

/** The C library with the calls on sockets that Deno does not offer. */
export type SystemCalls = Deno.DynamicLibrary<typeof SYMBOLS>;

const LIBRARIES: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "libc.so.6",
  darwin: "libSystem.dylib",
};

/**
 * Opens the C library; the caller closes it.
 *
 * @returns undefined where there is none, or FFI is not permitted; the user is not asked. Never throws.
 */
export function openSystemCalls(): SystemCalls | undefined {
  const library = LIBRARIES[Deno.build.os];
  if (library === undefined) return undefined;
  try {
    if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return undefined;
    return Deno.dlopen(library, SYMBOLS);
  } catch {
    return undefined;
  }
}

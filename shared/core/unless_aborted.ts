/**
 * The result of `work`, or undefined as soon as `signal` aborts; a later result or error is ignored.
 */
export async function unlessAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | undefined> {
  work.catch(() => {});
  let stop: () => void = () => {};
  const aborted = new Promise<undefined>((resolve) => stop = () => resolve(undefined));
  if (signal.aborted) return undefined;
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

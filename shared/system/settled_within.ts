/** Waits for `work`, which does not fail, for `millis` at most. @returns whether it has ended. */
export async function settledWithin(work: Promise<void>, millis: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(resolve, millis, false));
  const isSettled = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isSettled;
}

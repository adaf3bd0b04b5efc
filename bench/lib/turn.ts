/** Resolves in the next turn of the event loop, after all microtasks: in Node, or in a browser. */
export const turn = (): Promise<void> =>
  typeof setImmediate === "function" ? new Promise((resolve) => setImmediate(resolve)) : nextTask();

/** A task of a message channel runs in the next turn. Browsers delay timers by some milliseconds. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

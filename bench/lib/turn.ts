/** Resolves in the event loop's next turn, once what is to be done at once has been: in Node, or in a browser. */
export const turn = (): Promise<void> =>
  typeof setImmediate === "function" ? new Promise((resolve) => setImmediate(resolve)) : nextTask();

/** A message's task waits for nothing but its turn, where a timer's may wait for some milliseconds. */
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

import type { ConnectionStatus } from "driftdb";
import { afterEach } from "vitest";
import { useConnectionStatus } from "../src/index.js";

/** What the provider of the running test has reported. */
export const errors: Error[] = [];
export const onError = (error: Error) => errors.push(error);

/** What `Status` was rendered with last. */
export let status: ConnectionStatus | undefined;

/** Shows the connection's status. */
export function Status() {
  status = useConnectionStatus();
  return <p>{status.connected ? "connected" : status.reason}</p>;
}

/** The browser says that the network is back. */
export function online() {
  window.dispatchEvent(new Event("online"));
}

/** Forgets, after each test of a file, what it has reported and shown. */
export function forgetAfterEach(): void {
  afterEach(() => {
    errors.length = 0;
    status = undefined;
  });
}

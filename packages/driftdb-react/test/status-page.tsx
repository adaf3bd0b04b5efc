import type { ConnectionStatus } from "driftdb";
import { afterEach } from "vitest";
import { useConnectionStatus } from "../src/index.js";

/** The errors that the provider of the running test has reported. */
export const errors: Error[] = [];
export const onError = (error: Error) => errors.push(error);

/** The status that `Status` rendered last. */
export let status: ConnectionStatus | undefined;

/** Shows the connection's status. */
export function Status() {
  status = useConnectionStatus();
  return <p>{status.connected ? "connected" : status.reason}</p>;
}

/** Fires the browser's event for a network that is back. */
export function online() {
  window.dispatchEvent(new Event("online"));
}

/** Clears the reported errors and the status after each test of a file. */
export function forgetAfterEach(): void {
  afterEach(() => {
    errors.length = 0;
    status = undefined;
  });
}

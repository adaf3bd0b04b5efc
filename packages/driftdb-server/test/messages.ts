import type { Action } from "driftdb-protocol";

export function push(key: string, value: unknown, action: Action): object {
  return { type: "push", key, value, action };
}

export function append(key: string, value: unknown): object {
  return push(key, value, { type: "append" });
}

export function relay(key: string, value: unknown): object {
  return push(key, value, { type: "relay" });
}

export function replace(key: string, value: unknown): object {
  return push(key, value, { type: "replace" });
}

export function compact(key: string, seq: number, value: unknown): object {
  return push(key, value, { type: "compact", seq });
}

export function hold(key: string, value: unknown): object {
  return { type: "push", key, value, action: { type: "hold" } };
}

export function release(key: string): object {
  return { type: "release", key };
}

export function get(key: string, seq?: number | null): object {
  return seq === undefined ? { type: "get", key } : { type: "get", key, seq };
}

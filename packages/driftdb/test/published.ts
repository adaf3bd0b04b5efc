import { createRequire } from "node:module";
import type { MessageFromDb, MessageToDb, SequenceValue } from "driftdb-protocol";
import * as present from "../src/index.js";

/** What this package and the published driftdb@1.0.12 have in common. */
export interface Client {
  readonly version: "present" | "1.0.12";
  readonly Api: new (
    url: string,
  ) => {
    newRoom(): Promise<present.RoomResult>;
    getRoom(id: string): Promise<present.RoomResult>;
  };
  readonly DbConnection: new () => Db;
  readonly StateListener: new (options: {
    db: Db;
    key: string;
    callback: (value: unknown) => void;
  }) => { subscribe(): void; destroy(): void; setStateOptimistic(value: unknown): void };
  readonly Reducer: new (options: {
    db: Db;
    key: string;
    reducer: (state: number[], action: number) => number[];
    initialValue: number[];
    callback: (state: number[]) => void;
  }) => { subscribe(): void; destroy(): void; dispatch(action: number): void };
}

export interface Db {
  readonly status: { readonly connected: boolean };
  readonly statusListener: { addListener(listener: (status: { connected: boolean }) => void): unknown };
  readonly messageListener: { addListener(listener: (message: MessageFromDb) => void): unknown };
  connect(url: string, cbor?: boolean): Promise<void>;
  disconnect(): void;
  send(message: MessageToDb): void;
  subscribe(key: string, listener: (message: SequenceValue) => void): unknown;
  unsubscribe(key: string, listener: (message: SequenceValue) => void): void;
  testLatency(): Promise<number | null> | null;
}

// It is a dev dependency of the server, whose conformance is tested with it.
export const requireFromServer = createRequire(new URL("../../driftdb-server/package.json", import.meta.url));

/** This package. */
export const CLIENT = { version: "present", ...present } as unknown as Client;

/** The client in the field. It takes WebSocket from the global object. */
export const CLIENT_1_0_12 = { version: "1.0.12", ...requireFromServer("driftdb-1") } as Client;

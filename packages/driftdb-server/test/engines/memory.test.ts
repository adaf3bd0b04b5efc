import { LocalEngine } from "../../src/engines/local-engine.js";
import { MemoryStore } from "../../src/engines/memory-store.js";
import { DEFAULT_LIMITS } from "../../src/limits.js";
import { describeEngine } from "./contract.js";

describeEngine(
  "memory",
  async () => {
    const engine = new LocalEngine(new MemoryStore(DEFAULT_LIMITS));
    return { engine, dispose: () => engine.close() };
  },
  2_000,
);

import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { MemoryStore } from "../../src/engine/local/memory-store.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { describeEngine } from "./contract.js";

describeEngine(
  "memory",
  async (clock) => {
    const engine = new LocalEngine(new MemoryStore(), { limits: DEFAULT_LIMITS, clock });
    return { engine, dispose: () => engine.close() };
  },
  2_000,
);

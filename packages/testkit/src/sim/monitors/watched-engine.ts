import type { Engine, EngineRoom, Host, Output } from "driftdb-server/internal";
import type { Machine } from "../network/virtual-clock.js";
import { note } from "../violation.js";
import type { HoldLedger, Term } from "./hold-ledger.js";

/**
 * An engine that records the delivered holds and releases in the ledger, while its machine is alive.
 */
export class WatchedEngine implements Engine {
  readonly #engine: Engine;
  readonly #holds: HoldLedger;
  readonly #machine: Machine;

  constructor(engine: Engine, holds: HoldLedger, machine: Machine) {
    this.#engine = engine;
    this.#holds = holds;
    this.#machine = machine;
  }

  create(room: string): Promise<void> {
    return this.#engine.create(room);
  }

  exists(room: string): Promise<boolean> {
    return this.#engine.exists(room);
  }

  open(id: string, host: Host): Promise<EngineRoom | null> {
    const term = this.#holds.opened();
    return this.#engine.open(id, {
      deliver: (outputs) => host.deliver(this.#watched(term, outputs)),
    });
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /**
   * The outputs, each looked at when it is the host's turn: frames are compared with what came before them.
   */
  #watched(term: Term, outputs: readonly Output[]): readonly Output[] {
    const look = (output: Output) => {
      if (this.#machine.alive) note(() => this.#look(term, output));
    };
    function* each() {
      for (const output of outputs) {
        look(output);
        yield output;
      }
    }
    return Object.assign([...outputs], { [Symbol.iterator]: each });
  }

  #look(term: Term, output: Output): void {
    if (output.type === "held") {
      const { key, from, value, seq, was } = output;
      this.#holds.held(term, { key, from, value: value.value, seq, was });
    } else if (output.type === "released") {
      this.#holds.released(term, output);
    } else if (output.type === "joined") {
      this.#holds.named(term, output.term);
    }
  }
}

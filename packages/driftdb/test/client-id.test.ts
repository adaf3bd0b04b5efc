import { afterEach, describe, expect, it, vi } from "vitest";
import { requireFromServer } from "./published.js";

type MakeId = () => string;

/** A browser's tab: its storage, and the page in it. */
class Tab {
  readonly #stored: Map<string, string>;
  readonly #events = new Map<string, (() => void)[]>();
  #uniqueClientId: MakeId | undefined;

  constructor(stored = new Map<string, string>()) {
    this.#stored = stored;
  }

  async id(load: () => Promise<MakeId>): Promise<string> {
    this.#enter();
    this.#uniqueClientId ??= await load();
    return this.#uniqueClientId();
  }

  /** What is global is this page's. */
  #enter(): void {
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => this.#stored.get(key) ?? null,
      setItem: (key: string, value: string) => this.#stored.set(key, value),
      removeItem: (key: string) => this.#stored.delete(key),
    });
    vi.stubGlobal("addEventListener", (type: string, listener: () => void) => {
      this.#events.set(type, [...(this.#events.get(type) ?? []), listener]);
    });
  }

  /** Browsers copy the storage of a tab that is duplicated, and of one that opens another. */
  duplicate(): Tab {
    return new Tab(new Map(this.#stored));
  }

  fire(type: "pagehide" | "pageshow"): void {
    this.#enter();
    for (const listener of this.#events.get(type) ?? []) listener();
  }

  /** The page goes, and the next one is loaded, in the same tab. */
  navigate(): Tab {
    this.fire("pagehide");
    return new Tab(this.#stored);
  }
}

/** A module of its own for each page, as in a browser. */
async function present(): Promise<MakeId> {
  vi.resetModules();
  return (await import("../src/client-id.js")).uniqueClientId;
}

async function published(): Promise<MakeId> {
  return requireFromServer("driftdb-1").uniqueClientId;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("uniqueClientId", () => {
  it("stays the same within a page, and through reloads", async () => {
    const tab = new Tab();
    const id = await tab.id(present);
    expect(await tab.id(present)).toBe(id);
    const reloaded = tab.navigate();
    expect(await reloaded.id(present)).toBe(id);
    expect(await reloaded.navigate().id(present)).toBe(id);
  });

  it("takes over the id that 1.0.12 stored", async () => {
    const tab = new Tab(new Map([["_driftdb_client_id", "of-1.0.12"]]));
    expect(await tab.id(present)).toBe("of-1.0.12");
  });

  it("differs in a duplicated tab", async () => {
    const tab = new Tab();
    const id = await tab.id(present);
    expect(await tab.duplicate().id(present)).not.toBe(id);
    // Of a tab that was reloaded, too.
    const reloaded = tab.navigate();
    expect(await reloaded.id(present)).toBe(id);
    expect(await reloaded.duplicate().id(present)).not.toBe(id);
  });

  it("differs in the duplicate of a page that returned from the back-forward cache", async () => {
    const tab = new Tab();
    const id = await tab.id(present);
    tab.fire("pagehide");
    tab.fire("pageshow");
    expect(await tab.duplicate().id(present)).not.toBe(id);
    expect(await tab.navigate().id(present)).toBe(id);
  });

  it("with 1.0.12, was the same in a duplicated tab", async () => {
    const tab = new Tab();
    expect(await tab.duplicate().id(published)).not.toBe(await tab.id(published));
    expect(await tab.duplicate().id(published)).toBe(await tab.id(published));
  });

  it("works without crypto.randomUUID, which a page on plain http lacks", async () => {
    vi.spyOn(crypto, "randomUUID").mockImplementation(() => {
      throw new TypeError("crypto.randomUUID is not a function");
    });
    expect(await new Tab().id(present)).toMatch(/^[\w-]{24}$/);
    await expect(new Tab().id(published)).rejects.toThrow(TypeError);
  });

  it("works where storage is blocked", async () => {
    const tab = new Tab();
    const load = async () => {
      vi.stubGlobal("sessionStorage", undefined);
      Object.defineProperty(globalThis, "sessionStorage", {
        configurable: true,
        get() {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
      return present();
    };
    const id = await tab.id(load);
    expect(await tab.id(load)).toBe(id);
    tab.fire("pagehide");
  });

  it("works without storage, as in Node", async () => {
    const uniqueClientId = await present();
    expect(uniqueClientId()).toBe(uniqueClientId());
    expect((await present())()).not.toBe(uniqueClientId());
  });
});

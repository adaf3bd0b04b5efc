import { describe, expect, test } from "vitest";
import { HELP, parseArguments, UsageError } from "./options.js";

describe("parseArguments", () => {
  test("without arguments listens on 127.0.0.1:8080 and keeps rooms in ./driftdb-data", () => {
    expect(parseArguments([])).toEqual({
      port: 8080,
      host: "127.0.0.1",
      data: "./driftdb-data",
      memory: false,
      noLimits: false,
      help: false,
      version: false,
    });
  });

  test("accepts the options that the help names, and no others", () => {
    const named = [...HELP.matchAll(/^ +--([a-z-]+)/gm)].map(([, name]) => name);
    expect(named).toEqual(["port", "host", "data", "memory", "no-limits", "help", "version"]);
    const args = ["--port=1", "--host", "::1", "--data", "a b", "--no-limits", "--help", "--version"];
    expect(parseArguments(args)).toEqual({
      port: 1,
      host: "::1",
      data: "a b",
      memory: false,
      noLimits: true,
      help: true,
      version: true,
    });
    expect(parseArguments(["--memory"]).memory).toBe(true);
  });

  test.each(["0", "1", "65535"])("accepts --port %s", (port) => {
    expect(parseArguments(["--port", port]).port).toBe(Number(port));
  });

  test.each(["", "http", "65536", "1.5", "1e3", "0x50", " 80", "99999999999999999999"])(
    "refuses --port %j and says what a port is",
    (port) => {
      expect(() => parseArguments(["--port", port])).toThrow(UsageError);
      expect(() => parseArguments(["--port", port])).toThrow(
        `--port is "${port}": use a number from 0 to 65535`,
      );
    },
  );

  test.each([[["--nonsense"]], [["extra"]], [["--port"]], [["--memory=yes"]], [["--port", "-1"]]])(
    "refuses %j and points to the help",
    (args) => {
      expect(() => parseArguments(args)).toThrow(UsageError);
      expect(() => parseArguments(args)).toThrow("--help");
    },
  );

  test("refuses --memory with --data", () => {
    expect(() => parseArguments(["--memory", "--data", "x"])).toThrow(UsageError);
  });
});

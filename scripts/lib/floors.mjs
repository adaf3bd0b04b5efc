// The one list of the house: its packages, and the floors of each package's src from top to bottom.
//
// A unit is a folder, or a file outside of the listed folders; the longest name that fits wins. A unit
// imports from floors below its own. Units that share a floor ("core, schedule, version") do not import each
// other. `node scripts/check.mjs floors` checks all of this, and CONTRIBUTING.md shows it (`node
// scripts/floors.mjs --write` redraws it there).

/** Packages from top to bottom. `uses` names the packages that its src may import. */
export const house = [
  {
    name: "driftdb-testkit",
    dir: "packages/testkit",
    about: "private: the simulation, a faulty proxy, the server as a process",
    uses: ["driftdb", "driftdb-protocol", "driftdb-server"],
    floors: [
      ["index, sim/run", "exports; the simulation's worker"],
      ["sim/simulation", "one run: a seed, a schedule, the checks at rest"],
      ["sim/faults", "cuts, stalls, crashes, full disks, at random"],
      ["sim/actors", "the clients, and what they do"],
      ["sim/server", "the real server on a simulated machine"],
      ["sim/world", "what all parts of one run share"],
      ["sim/monitors", "ledgers of the truth, and the invariants"],
      ["sim/network", "virtual clock, random numbers, links, disk, journal"],
      ["sim/violation, fault-proxy, server-process", "errors of the simulation; helpers of other tests"],
    ],
  },
  {
    name: "driftdb-react",
    dir: "packages/driftdb-react",
    about: "provider and hooks",
    uses: ["driftdb"],
    floors: [
      ["index", "exports"],
      ["typed", "createRoomContext: hooks with a schema's types"],
      ["components", "StatusIndicator, RoomQRCode"],
      ["hooks", "one hook a file"],
      ["room", "provider, context, the room of the page's URL"],
      ["stores", "stores that components share, and how React reads them"],
      ["schema", "Standard Schema: checks of values"],
    ],
  },
  {
    name: "driftdb",
    dir: "packages/driftdb",
    about: "the client, for browsers and Node",
    uses: ["driftdb-protocol"],
    floors: [
      ["index", "exports"],
      ["webrtc", "data channels from browser to browser"],
      ["holds", "presence and locks"],
      ["stores", "shared state, reducer, message list"],
      ["connection", "sockets, sessions, outbox, subscriptions"],
      ["http", "Api, and single messages over HTTP"],
      ["wire", "encoding and checking of messages, WebSocket types"],
      ["observable", "listeners and values"],
      ["errors, call-safely, client-id", "helpers of all floors"],
    ],
  },
  {
    name: "driftdb-server",
    dir: "packages/driftdb-server",
    about: "the server, as a command and as createServer()",
    uses: ["driftdb-protocol"],
    floors: [
      ["internal", "what the testkit and the gates need of the inside; not published"],
      ["index, portable, cli", "exports, and those of driftdb-server/core; the command"],
      ["create-server", "puts the parts together"],
      ["http", "routes, request bodies, upgrades"],
      ["wire", "WebSockets in Node: ws, send queues, slow clients, heartbeat"],
      ["connection", "one client: plain or session"],
      ["room", "the clients of one room, broadcasts"],
      ["frame", "what is sent, and the transport port"],
      ["engine/local/sqlite", "the store on disk"],
      ["engine/local", "the engine of one process, the store port"],
      ["engine", "the engine port, payloads, ids"],
      ["limits", "limits of rooms, clients and addresses"],
      ["core, schedule, version", "the room's rules; clock and background jobs; version"],
    ],
  },
  {
    name: "driftdb-protocol",
    dir: "packages/driftdb-protocol",
    about: "message types, checks, codecs, limits, and PROTOCOL.md",
    uses: [],
    floors: [
      ["index", "exports"],
      ["json", "the JSON codec"],
      ["check, cbor", "checks of unknown input; the CBOR codec"],
      ["session-messages, codec, errors", "messages of a session; the codec port; FrameError"],
      ["limits, error-codes, messages, close-codes, bytes, to-json", "what all floors share"],
    ],
  },
];

/**
 * Files that may import another package's files by a relative path, although the package does not export
 * them. An entry that allows no import fails the check.
 */
export const reaches = [
  {
    from: "packages/testkit/src/sim/actors/sim-holder.ts",
    to: "packages/driftdb/src/holds/key-holds.ts",
    why: "the simulation compares the holds that a client knows with the frames that it was given",
  },
  {
    from: "e2e/",
    to: "packages/testkit/src/server-process.ts",
    why: "browser tests run against built packages, where the alias of driftdb-testkit does not lead",
  },
];

/**
 * Imports that break a rule and wait to be mended: `{ from, to, why }`. An entry that is not needed fails the
 * check.
 */
export const exceptions = [];

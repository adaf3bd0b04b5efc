// Hocuspocus as its README has it, with nothing that stores documents, and on loopback only: its own `listen` takes no
// host.
import { Server } from "@hocuspocus/server";
import { listen } from "../lib/listen.js";

listen(new Server({ quiet: true }).httpServer);

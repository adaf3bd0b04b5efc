// Hocuspocus like in its README, without storage, and on loopback only: its own `listen` has no option for
// the host.
import { Server } from "@hocuspocus/server";
import { listen } from "../lib/listen.js";

listen(new Server({ quiet: true }).httpServer);

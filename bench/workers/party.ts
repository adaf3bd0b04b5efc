// A room of PartyServer that broadcasts to everybody, the sender included, like in its README.
import { type Connection, routePartykitRequest, Server, type WSMessage } from "partyserver";

export class Room extends Server {
  override onMessage(_connection: Connection, message: WSMessage): void {
    this.broadcast(message);
  }
}

export default {
  async fetch(request: Request, env: Record<string, never>): Promise<Response> {
    return (await routePartykitRequest(request, env)) ?? new Response("no such room", { status: 404 });
  },
};

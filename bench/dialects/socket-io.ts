import { type Dialect, numbered, numberIn } from "../lib/dialect.js";

/** Socket.IO 4 over a WebSocket: an event with one text, which the server emits to the room. */
export const socketIo: Dialect = {
  name: "Socket.IO",
  url: (server, room) =>
    `${server.replace("http", "ws")}socket.io/?EIO=4&transport=websocket&room=${encodeURIComponent(room)}`,
  join(socket) {
    // Engine.IO is open. The client connects to the default namespace, and the server answers.
    socket.send("40");
    return (payload) => payload.toString("latin1", 0, 2) === "40";
  },
  message: (_room, n, bytes) => ({
    payload: Buffer.from(`42${JSON.stringify(["m", numbered(n, bytes)])}`),
    binary: false,
  }),
  isDelivery(payload, _binary, socket) {
    const type = payload.toString("latin1", 0, 2);
    // Engine.IO expects a pong for its ping.
    if (type === "2") socket.send("3");
    return type === "42";
  },
  numberOf: numberIn,
};

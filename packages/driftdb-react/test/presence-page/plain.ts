import { Api, DbConnection, Lock, PresenceListener } from "driftdb";

const db = new DbConnection();
const { socket_url } = await new Api("http://127.0.0.1:8080/").newRoom();
await db.connect(socket_url);

const here = new PresenceListener<{ name: string; typing: boolean }>({
  db,
  key: "here",
  initialState: { name: "Ada", typing: false },
  callback: (others) => console.log("here:", ...Object.values(others).map(({ value }) => value.name)),
});
here.subscribe(); // until here.destroy()
here.updateState({ name: "Ada", typing: true });

const turn = new Lock({ db, key: "turn", callback: ({ held }) => held && console.log("my turn") });
turn.subscribe(); // until turn.destroy()
turn.acquire(); // until turn.release()

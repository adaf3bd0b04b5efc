import { Api, DbConnection, Reducer, StateListener } from "driftdb";

export const db = new DbConnection();
export const slider = new StateListener<number>({ db, key: "slider" });
export const clicks = new Reducer({
  db,
  key: "clicks",
  reducer: (sum: number, more: number) => sum + more,
  initialValue: 0,
});

/** Joins the room with this id, or a new one. Call it once, when the page starts. */
export async function join(url: string, id?: string) {
  const api = new Api(url);
  const { room, socket_url } = await (id ? api.getRoom(id) : api.newRoom());
  void db.connect(socket_url);
  return room;
}

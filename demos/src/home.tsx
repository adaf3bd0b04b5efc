import { demos } from "./pages.js";

/** The first page: an introduction and the list of demos. */
export function Home() {
  return (
    <>
      <h1>Shared by everybody in the room</h1>
      <p className="lead">
        Each demo is one or a few small files that use DriftDB from the browser. Open a demo in two windows
        and change something.
      </p>
      <ul className="list">
        {demos.map(({ path, title, lead }) => (
          <li key={path}>
            <a href={`#/${path}`}>
              <strong>{title}</strong>
              <span>{lead}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

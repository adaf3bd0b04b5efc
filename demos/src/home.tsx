import { demos } from "./pages.js";

/** The first page: what this is, and the demos. */
export function Home() {
  return (
    <>
      <h1>Shared by everybody in the room</h1>
      <p className="lead">
        Each demo is a small file or a few that use DriftDB from the browser. Open one in two windows, and
        change something.
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

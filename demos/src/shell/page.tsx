import type { Demo } from "../pages.js";

/** A demo, with its source code below. */
export function Page({ demo: { title, lead, Component, code } }: { demo: Demo }) {
  return (
    <article>
      <h1>{title}</h1>
      <p className="lead">{lead}</p>
      <div className="stage">
        <Component />
      </div>
      {Object.entries(code).map(([file, text], i) => (
        <details key={file} className="code">
          <summary>
            {i === 0 && "The whole demo: "}
            <span className="file">{file}</span>
          </summary>
          <pre>
            <code>{text.trim()}</code>
          </pre>
        </details>
      ))}
    </article>
  );
}

import type { Demo } from "../pages.js";

/** One demo, with its own source below it. */
export function Page({ demo: { title, lead, Component, code, file } }: { demo: Demo }) {
  return (
    <article>
      <h1>{title}</h1>
      <p className="lead">{lead}</p>
      <div className="stage">
        <Component />
      </div>
      <details className="code">
        <summary>
          The whole demo: <span className="file">{file}</span>
        </summary>
        <pre>
          <code>{code.trim()}</code>
        </pre>
      </details>
    </article>
  );
}

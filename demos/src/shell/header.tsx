import { StatusIndicator } from "driftdb-react";
import { useEffect, useRef } from "react";
import { type Demo, demos } from "../pages.js";
import { SaveIndicator } from "./save-indicator.js";

/** The site's name, the links to the demos, and the indicators for saving and for the connection. */
export function Header({ current }: { current: Demo | undefined }) {
  const link = useRef<HTMLAnchorElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each demo has its own link.
  useEffect(() => {
    // The effect has braces, since newer browsers return a promise and an effect must not.
    link.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);

  return (
    <header className="header">
      <a className="brand" href="#/">
        <img src="./icon.svg" alt="" width={24} height={24} />
        DriftDB
      </a>
      <div className="status">
        <SaveIndicator />
        <StatusIndicator />
      </div>
      <nav aria-label="Demos">
        {demos.map(({ path, title }) => (
          <a
            key={path}
            ref={path === current?.path ? link : undefined}
            href={`#/${path}`}
            aria-current={path === current?.path ? "page" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
    </header>
  );
}

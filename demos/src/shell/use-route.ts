import { useEffect, useSyncExternalStore } from "react";
import { type Demo, demos } from "../pages.js";

function subscribe(onChange: () => void): () => void {
  window.addEventListener("hashchange", onChange);
  return () => window.removeEventListener("hashchange", onChange);
}

/**
 * The demo that the page's hash names (`#/counter`), or `undefined` on the first page. Also sets the page's
 * title.
 */
export function useRoute(): Demo | undefined {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  const demo = demos.find(({ path }) => hash === `#/${path}`);
  const title = demo === undefined ? "DriftDB demos" : `${demo.title} · DriftDB demos`;
  useEffect(() => {
    document.title = title;
    window.scrollTo(0, 0);
  }, [title]);
  return demo;
}

import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { anchors, markdownFiles, readText, relativeLinks } from "./lib/markdown.mjs";
import { root } from "./lib/project.mjs";

/** What is wrong with a link of a page; undefined if it leads somewhere. */
function problemWith(page, target) {
  const [path, anchor] = target.split("#");
  const file = path ? join(dirname(page), decodeURIComponent(path)) : page;
  if (!existsSync(join(root, file))) return `${page}: ${target} is missing`;
  if (!anchor || statSync(join(root, file)).isDirectory() || !file.endsWith(".md")) return undefined;
  return anchors(readText(file)).includes(anchor) ? undefined : `${page}: ${target} has no such heading`;
}

test("relative links of all Markdown files lead to files, and to headings", () => {
  const pages = markdownFiles();
  expect(pages.length).toBeGreaterThan(15);
  const links = pages.flatMap((page) => relativeLinks(readText(page)).map((target) => [page, target]));
  expect(links.length).toBeGreaterThan(100);
  expect(links.map(([page, target]) => problemWith(page, target)).filter(Boolean)).toEqual([]);
});

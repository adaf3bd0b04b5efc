import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFiles, root } from "./project.mjs";

/** The Markdown files of the repository, as paths from the root. */
export function markdownFiles() {
  // Release notes of versions that are out stay as they are, and API reports are made by a tool.
  return repositoryFiles("*.md").filter((name) => !/(^|\/)CHANGELOG\.md$|\.api\.md$/.test(name));
}

export const readText = (path) => readFileSync(join(root, path), "utf8");

/** The text without code, in which brackets are no links. */
export const withoutCode = (text) => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");

/** The targets of a page's relative links and images. */
export function relativeLinks(text) {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page, as GitHub makes them of its headings. */
export function anchors(text) {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)];
  const seen = new Map();
  return headings.map(([, heading]) => {
    const name = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
}

/** The rows of the tables below a heading, each an object by column name. */
export function tableBelow(text, heading) {
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) return [];
  const lines = text.slice(start + heading.length + 2).split("\n");
  const first = lines.findIndex((line) => line.startsWith("|"));
  const cells = (line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const columns = cells(lines[first] ?? "");
  const rows = [];
  for (const line of lines.slice(first + 2)) {
    if (!line.startsWith("|")) break;
    rows.push(Object.fromEntries(cells(line).map((cell, i) => [columns[i], cell])));
  }
  return rows;
}

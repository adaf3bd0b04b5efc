import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFiles, root } from "./project.mjs";

/** Columns of a line. Biome keeps them for code, and leaves comments as they are. */
export const COLUMNS = 110;

const COMMENT = /^\s*(\/\/|\/?\*)/;
/** A line that cannot be broken: one long word, such as a URL. */
const ONE_WORD = /^\s*(\/\/|\/?\*+)\s*(@\w+\s+)?\S+(\s*\*\/)?$/;

/** Finds the comment lines of a source that have too many columns. @returns Their numbers, from 1. */
export function longComments(source) {
  return source.split("\n").flatMap((line, i) => {
    const isLong = line.length > COLUMNS && COMMENT.test(line) && !ONE_WORD.test(line);
    return isLong ? [i + 1] : [];
  });
}

/** Finds them in all sources of the repository. @returns A text for each: `path:line`. */
export function findLongComments() {
  return repositoryFiles("*.ts", "*.tsx", "*.js", "*.jsx", "*.mjs").flatMap((file) =>
    longComments(readFileSync(join(root, file), "utf8")).map((line) => `${file}:${line}`),
  );
}

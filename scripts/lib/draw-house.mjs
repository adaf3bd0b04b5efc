const BEGIN = "<!-- house: drawn by `node scripts/floors.mjs --write` -->";
const END = "<!-- /house -->";

/** The house as text: its packages, what each one imports, and its floors from top to bottom. */
function draw(house) {
  const blocks = house.map(({ name, dir, about, uses, floors }) => {
    const below = uses.length > 0 ? `imports ${uses.join(", ")}` : "imports no other package";
    const width = Math.max(...floors.map(([units]) => units.length)) + 3;
    const lines = floors.map(([units, what]) => `  ${units.padEnd(width)}${what}`);
    return [`${name} — ${about}`, `${dir}/src, ${below}`, ...lines].join("\n");
  });
  return `\`\`\`\n${blocks.join("\n\n")}\n\`\`\``;
}

/**
 * Puts the drawing of the house between its marks.
 *
 * @param page The text of CONTRIBUTING.md.
 * @returns The text with the right drawing.
 * @throws {Error} When the page has lost the marks.
 */
export function withHouse(page, house) {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`CONTRIBUTING.md has no place for the house: put back ${BEGIN} and ${END}.`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${draw(house)}\n\n${page.slice(end)}`;
}

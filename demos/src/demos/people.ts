/** How the pages show a client of the room. */
export interface Person {
  /** A colour and an animal: `Teal Otter`. */
  readonly name: string;
  /** A CSS colour that is legible under white text, and on white and black backgrounds. */
  readonly colour: string;
}

const colours = [
  ["Red", "#dc2626"],
  ["Amber", "#b45309"],
  ["Green", "#15803d"],
  ["Teal", "#0f766e"],
  ["Blue", "#2563eb"],
  ["Violet", "#7c3aed"],
  ["Pink", "#be185d"],
  ["Grey", "#64748b"],
] as const;

const animals =
  "Ant Bat Bear Bee Crab Crow Deer Dodo Duck Eel Elk Fox Frog Gecko Goat Hare Hawk Heron Ibis Koala Lark Lynx Mole Moose Newt Otter Owl Panda Seal Swan Toad Wolf".split(
    " ",
  );

/**
 * Computes a name and a colour from a client's id. Every window computes the same ones, so users choose none
 * and the room stores none.
 */
export function personOf(client: string): Person {
  let hash = 0;
  for (const char of client) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  const [name, colour] = colours[hash % colours.length] ?? colours[0];
  return { name: `${name} ${animals[Math.floor(hash / colours.length) % animals.length]}`, colour };
}

/** The ids of the other clients, in the same order on every page. */
export const clientsOf = (others: Readonly<Record<string, unknown>>): string[] => Object.keys(others).sort();

/** How a client of the room looks to the others. */
export interface Person {
  /** A colour and an animal: `Teal Otter`. */
  readonly name: string;
  /** A CSS colour that is legible with white, and beside white and black. */
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
 * Makes the same name and colour of a client's id in every window: nobody has to be asked, and nothing is
 * stored.
 */
export function personOf(client: string): Person {
  let hash = 0;
  for (const char of client) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  const [name, colour] = colours[hash % colours.length] ?? colours[0];
  return { name: `${name} ${animals[Math.floor(hash / colours.length) % animals.length]}`, colour };
}

/** In which order clients are shown: the same everywhere, whoever came first. */
export const clientsOf = (others: Readonly<Record<string, unknown>>): string[] => Object.keys(others).sort();

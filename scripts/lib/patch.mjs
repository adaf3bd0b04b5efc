/**
 * The text of a source with a mutant's change.
 *
 * @param text The text of the mutant's file.
 * @throws {Error} When the file does not contain the text to find exactly once.
 */
export function patched(text, { file, find, replace }) {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`${file} contains this text ${parts.length - 1} times, instead of once:\n${find}`);
}

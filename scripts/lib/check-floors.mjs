import { existsSync } from "node:fs";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

/** Folders besides the packages' src whose imports are read, where they exist. */
const OTHERS = ["gates", "bench", "e2e", "demos", "docs"];
const LIST = "scripts/lib/floors.mjs";

const isTest = (file) => /\.test(-d)?\.tsx?$|^packages\/[^/]+\/test\//.test(file);

/**
 * Checks every import of the house: no import from a higher floor, no circle, no reach into another package.
 * Imports of types count. Tests are free, except for circles. The working directory must be the repository's
 * root: dependency-cruiser resolves the paths of tsconfig.json from there.
 *
 * @param list `house`, `reaches` and `exceptions`, as in floors.mjs.
 * @returns One text for each problem, which names the files and says what to do.
 */
export async function findProblems({ house, reaches, exceptions }) {
  const { modules, circles } = await readImports(house);
  const allowed = [...reaches, ...exceptions].map((entry) => ({ ...entry, used: false }));
  const allows = (from, to) => {
    const found = allowed.filter((entry) => from.startsWith(entry.from) && to.startsWith(entry.to));
    for (const entry of found) entry.used = true;
    return found.length > 0;
  };
  const imports = modules.flatMap(({ source: from, dependencies }) =>
    dependencies.map(({ module: name, resolved: to }) => ({ from, to, name })),
  );
  const broken = imports
    .filter(({ from }) => !isTest(from))
    .map(({ from, to, name }) => ({ from, to, text: problemOf({ from, to, name }, house) }))
    .filter(({ text }) => text !== undefined);
  // An arrow upwards often closes circles. It is reported by itself, and they go with it.
  const isBroken = (from, to) => broken.some((one) => one.from === from && one.to === to);
  const others = circles.filter((files) => !files.some((file, i) => i > 0 && isBroken(files[i - 1], file)));
  return [
    ...unlisted(modules, house),
    ...broken.filter(({ from, to }) => !allows(from, to)).map(({ text }) => text),
    ...others.map(
      (files) =>
        `circle: ${files.join(" → ")}\n` +
        "  Move what both sides need into a file that imports neither, or pass it in as an argument.",
    ),
    ...allowed
      .filter(({ used }) => !used)
      .map(({ from, to }) => `${LIST} allows ${from} to import ${to}, and nothing does: delete that entry.`),
  ];
}

async function readImports(house) {
  const paths = [...house.flatMap(({ dir }) => [`${dir}/src`, `${dir}/test`]), ...OTHERS];
  const tsconfig = "tsconfig.json";
  const { output } = await cruise(
    paths.filter((path) => existsSync(path)),
    {
      validate: true,
      ruleSet: { forbidden: [{ name: "circle", severity: "error", from: {}, to: { circular: true } }] },
      // Imports of types vanish when TypeScript compiles: they are read before.
      tsPreCompilationDeps: true,
      tsConfig: { fileName: tsconfig },
      doNotFollow: { path: "node_modules" },
      exclude: { path: "(^|/)(dist|\\.next)/" },
    },
    undefined,
    { tsConfig: extractTSConfig(tsconfig) },
  );
  return {
    modules: output.modules,
    circles: output.summary.violations.map(({ from, cycle }) => [from, ...cycle.map(({ name }) => name)]),
  };
}

/** @returns Where a file of some package's src is in the house, or undefined for other files. */
function placeOf(file, house) {
  const owner = house.find(({ dir }) => file.startsWith(`${dir}/`));
  if (owner === undefined || !file.startsWith(`${owner.dir}/src/`)) return { owner };
  const path = file.slice(owner.dir.length + "/src/".length).replace(/\.tsx?$/, "");
  const units = owner.floors.flatMap(([names], floor) => names.split(", ").map((unit) => ({ unit, floor })));
  const found = units
    .filter(({ unit }) => path === unit || path.startsWith(`${unit}/`))
    .sort((a, b) => b.unit.length - a.unit.length)[0];
  return { owner, inSrc: true, ...found };
}

function problemOf({ from, to, name }, house) {
  const [here, there] = [placeOf(from, house), placeOf(to, house)];
  if (there.owner === undefined || name.endsWith(".json")) return undefined;
  if (here.owner !== there.owner) return reachOf({ from, to, name }, here, there);
  if (here.unit === undefined || there.unit === undefined || here.unit === there.unit) return undefined;
  if (here.floor < there.floor) return undefined;
  const where =
    here.floor === there.floor
      ? `"${there.unit}" shares a floor with "${here.unit}"`
      : `"${there.unit}" is on a higher floor than "${here.unit}"`;
  return (
    `${from} imports ${to}, but ${where} in ${here.owner.name}.\n` +
    `  Move what both need to a floor below, or pass it in as an argument. The floors are listed in ${LIST}.`
  );
}

function reachOf({ from, to, name }, here, there) {
  if (name.startsWith(".")) {
    return (
      `${from} imports ${to}, a file of another package, by a relative path.\n` +
      `  Import "${there.owner.name}", and export there what is missing. ${LIST} lists the exceptions.`
    );
  }
  if (!here.inSrc || here.owner.uses.includes(there.owner.name)) return undefined;
  return (
    `${from} imports "${name}", which ${here.owner.name} does not use.\n` +
    `  Do without it, or add it to "uses" in ${LIST}, and to ${here.owner.dir}/package.json.`
  );
}

/** Files that are on no floor, and units of the list that are not there. */
function unlisted(modules, house) {
  const sources = modules.map(({ source }) => source).filter((source) => !isTest(source));
  const missing = new Map(
    house.flatMap(({ name, floors }) =>
      floors.flatMap(([names]) => names.split(", ").map((unit) => [`${name} ${unit}`, { name, unit }])),
    ),
  );
  const problems = [];
  for (const source of sources) {
    const { owner, inSrc, unit } = placeOf(source, house);
    if (inSrc && unit === undefined)
      problems.push(`${source} is on no floor of ${owner.name}: add it, or its folder, to ${LIST}.`);
    if (unit !== undefined) missing.delete(`${owner.name} ${unit}`);
  }
  return [
    ...problems,
    ...[...missing.values()].map(
      ({ name, unit }) => `${LIST} lists "${unit}" of ${name}, which is not there: delete it from the list.`,
    ),
  ];
}

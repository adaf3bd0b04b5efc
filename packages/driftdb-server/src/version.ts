import manifest from "../package.json" with { type: "json" };

/** The package's version, as it is published. */
export const VERSION: string = manifest.version;

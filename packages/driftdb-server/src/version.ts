import manifest from "../package.json" with { type: "json" };

/** The package's published version. */
export const VERSION: string = manifest.version;

// Which build this is. scripts/build replaces the two constants by texts; a run from source has neither.

declare const VIPWARD_VERSION: string | undefined;
declare const VIPWARD_COMMIT: string | undefined;

/** The version of vipward; "0.0.0-dev" for a run from source. */
export const version: string = typeof VIPWARD_VERSION === "string" ? VIPWARD_VERSION : "0.0.0-dev";

/** The commit it was built from, with "-modified" when the tree differed; "dev" for a run from source. */
export const commit: string = typeof VIPWARD_COMMIT === "string" ? VIPWARD_COMMIT : "dev";

/** Both as one text. Processes of the same build have the same; a child of another build is replaced. */
export const build = `${version}+${commit}`;

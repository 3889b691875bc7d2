import type { Issue, Path, Place } from "./issue.ts";

/** A text that was read into a document (camelCase keys, not validated): what it says and where each part of it stands. */
export interface Source {
  /** Undefined when the text cannot be read at all. */
  readonly document?: unknown;
  /** Problems of the text itself. */
  readonly issues: readonly Issue[];
  /** The place of a path, or of the nearest part of the document around it; `key`: that of the field's name. */
  readonly locate: (path: Path, key: boolean) => Place | undefined;
}

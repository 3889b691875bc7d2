import type { Issue, Path, Place } from "./issue.ts";

/** A text that was read into a document (camelCase keys, not validated): what it says and where each part of it stands. */
export interface Source {
  /** Undefined when the text cannot be read at all. */
  readonly document?: unknown;
  /** Problems of the text itself. */
  readonly issues: readonly Issue[];
  /** The place of a path, or of the nearest part of the document around it; `key`: that of the field's name. */
  readonly locate: (path: Path, key: boolean) => Place | undefined;
  /** The files that it was read from, when there may be others than the one that was asked for. */
  readonly sources?: readonly SourceText[];
}

/** A file that was read, by the name that places carry. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

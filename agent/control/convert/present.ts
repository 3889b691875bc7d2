// The parts of a document that is made of a message: a field that is not set is left out.

/** An object of a document. */
export type DocumentObject = Readonly<Record<string, unknown>>;

/** An empty list on the wire is a field that is not set. */
export function list<T>(items: readonly T[], convert: (item: T) => unknown): readonly unknown[] | undefined {
  return items.length === 0 ? undefined : items.map(convert);
}

/** The fields that are set. A plain loop: a large configuration has hundreds of thousands of them. */
export function present(fields: DocumentObject): DocumentObject {
  const set: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) set[key] = fields[key];
  return set;
}

/** Adds a field to a document if it is set. For real servers and their checkers, of which a large configuration has tens of thousands: it makes
 * nothing but the document. */
export function add(document: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined) document[key] = value;
}

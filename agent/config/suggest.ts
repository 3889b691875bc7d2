/** The candidate that was probably meant by a misspelled word; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = bare(word);
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, bare(candidate));
    if (distance < (best?.distance ?? tolerance(wanted) + 1)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Case, underscores and hyphens are what people get wrong most: they count as nothing. */
function bare(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}

function tolerance(word: string): number {
  return word.length < 4 ? 1 : Math.min(3, Math.ceil(word.length / 4));
}

/** How many letters must be changed, added, dropped or swapped with their neighbour to make `b` of `a` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = (last[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const moved = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, changed);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(swapped ? Math.min(moved, (beforeLast[column - 2] ?? 0) + 1) : moved);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

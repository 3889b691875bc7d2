import { constants, lstatSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The part of a path that somebody else than root can change, and with it what root would execute: the file, a folder above it, or the
 * same of what it is a link to. Undefined when there is none.
 */
export function insecurePart(file: string): string | undefined {
  const real = realpathSync(file);
  return [file, real].flatMap(withParents).find(isChangeable);
}

function withParents(path: string): string[] {
  return path === "/" ? [path] : [path, ...withParents(dirname(path))];
}

/** What lies in a folder with the sticky bit can be replaced by its owner only; links have no rights of their own. */
function isChangeable(path: string): boolean {
  const { uid, gid, mode } = lstatSync(path);
  if (uid !== 0) return true;
  if ((mode & constants.S_IFMT) === constants.S_IFLNK) return false;
  if ((mode & sticky) !== 0 && (mode & constants.S_IFMT) === constants.S_IFDIR) return false;
  return (mode & constants.S_IWOTH) !== 0 || (gid !== 0 && (mode & constants.S_IWGRP) !== 0);
}

const sticky = 0o1000; // S_ISVTX

// The seed of every test that draws: the same on every day, so that a run says the same of a commit twice. VIPWARD_SEED=7 asks for
// another, VIPWARD_SEED=random for one that nobody knows yet; a test that fails prints its own. bunfig.toml loads this before the tests.

import fc from "fast-check";

const wish = process.env.VIPWARD_SEED ?? "20261125";

/** A whole number from 0 to 2³¹ - 1. */
export const seed = wish === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(wish);

fc.configureGlobal({ seed });

// Imported first by every test and fixture here: VIPWARD_TEST_ADDON names another build of the add-on, which is how
// the same tests run against the sanitized one (see native/README.md).
import { resolve } from "node:path";
import { useAddonFile } from "../../agent/kernel/linux/native.ts";

const path = process.env.VIPWARD_TEST_ADDON;
if (path !== undefined) useAddonFile(resolve(path));

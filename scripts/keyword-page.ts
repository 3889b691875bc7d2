// Writes docs/keepalived-keywords.md.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { keywordPage } from "../test/config/keyword-page.ts";

writeFileSync(join(import.meta.dir, "../docs/keepalived-keywords.md"), keywordPage());

// Random settings as keepalived.conf and back: what is not the same then is told, and is something that keepalived has no word for.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { exportKeepalived } from "../../agent/config/keepalived/export/export.ts";
import { loadText } from "../../agent/config/load.ts";
import type { Settings } from "../../agent/config/schema/settings.ts";
import { validateSettings } from "../../agent/config/validate.ts";
import { documents } from "./documents.ts";

/** What keepalived has no word for, or hears otherwise, by the path of the field. */
const notThere: readonly RegExp[] = [
  /^(address_lease|programs\.secure|notifications\.(script_timeout|fifos\[.*|mail\.(encryption|user|password|password_file)))$/,
  // keepalived 2.2.7 takes only whole seconds.
  /\.gratuitous_arp\.(delay|refresh|lower_priority_delay|extra_interval)$/,
  /^vrrp_instances\[.*\]\.(gratuitous_arp\.(verify|probe|form)|strict_checksum|heartbeat_paths)$/,
  // A password that stays in its file takes its type along.
  /^vrrp_instances\[.*\]\.authentication\.(type|password_file)$/,
  /^virtual_servers\[.*\]\.(.*flap_damping.*|(real_servers.*)?log_all_failures)$/,
  /^virtual_servers\[.*\]\.(name|slow_start|marked_traffic|real_servers\[.*\]\.name)$/,
  // That nothing is tried again is said with each check: where there are none, nowhere.
  /^virtual_servers\[.*\]\.(real_servers\[.*\]\.)?retries$/,
  // What can be said of something else only: a direction of a weight, a protocol of an address.
  /(\.track_[a-z_]+|^bfd_sessions)\[.*\]\.reverse$|^virtual_servers\[[^\].:]*\]\.protocol$/,
  // The word alone is on, whatever stands behind it.
  /\.unicast\.check_source$|^virtual_servers\[[^\].]*\]\.start_down$/,
  // keepalived's quorum is no more than its real servers weigh.
  /^virtual_servers\[.*\]\.quorum$/,
  // As good as nothing: it is there and says nothing.
  /^static_addresses\[.*\]\.track$|^ipvs\.timeouts$|\.tunnel$|\.notify$/,
  /^virtual_servers\[.*\]\.real_servers\[.*\]\.checkers/,
];

test("what an exported configuration does not say is told, and is nothing that keepalived has a word for", () => {
  let whole = 0;
  fc.assert(
    fc.property(documents, (document) => {
      const { settings } = validateSettings(document);
      if (settings === undefined) return;
      const { text, lost } = exportKeepalived(settings);
      const paths = lost.map(({ path }) => path).filter((path) => !notThere.some((known) => known.test(path)));
      expect({ text, paths }).toEqual({ text, paths: [] });
      // What was read from it goes the same way once more, and nothing gets lost any more.
      const read = readBack(text);
      const second = exportKeepalived(read);
      expect([second.lost, readBack(second.text)]).toEqual([[], read]);
      whole++;
    }),
    { numRuns: 600 },
  );
  expect(whole).toBeGreaterThan(40);
});

function readBack(text: string): Settings {
  const { settings } = loadText(text === "" ? "global_defs {\n}\n" : text, { file: "exported", format: "keepalived" });
  if (settings === undefined) throw new Error(`what was written cannot be read:\n${text}`);
  return settings;
}

// The same files given to `keepalived -t` and to the loader: what keepalived complains about, we complain about too, and what we write it takes.
// It sees this machine's interfaces, users and scripts, and we do not: remarks about those are left out.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { exportKeepalived } from "../../agent/config/keepalived/export/export.ts";
import { loadText } from "../../agent/config/load.ts";
import { validateSettings } from "../../agent/config/validate.ts";
import { documents } from "../config/documents.ts";
import { judge, keepalivedProgram, oracleFiles, oracleTimeoutMs, type Remark } from "../support/keepalived-oracle.ts";

const aboutTheMachine =
  /interface|script|user|group keepalived|[Ss]ECURITY|No such|does not exist|not found|permission|IPVS|ip_vs|sysctl|Unable to|Warning - (?:default|nopreempt)|No VIP|nftables|iptables|ipset|checksum|fifo|memory|track_process|no longer|deprecated|Please use/i;

function complaints(remarks: readonly Remark[]): string[] {
  return [...new Set(remarks.map(({ text }) => text))].filter((text) => !aboutTheMachine.test(text));
}

describe.skipIf(keepalivedProgram === undefined)("acceptance", () => {
  test(
    "what we write of random settings, keepalived reads without a complaint about a line",
    () => {
      let judged = 0;
      fc.assert(
        fc.property(documents, (document) => {
          const { settings } = validateSettings(document);
          if (settings === undefined) return;
          const text = forThisKeepalived(exportKeepalived(settings).text);
          // A brace within quotes is one for keepalived 2.2.7, too, and a backslash there is not always one.
          if (text === "" || /"[^"\n]*[{}]|\\/.test(text)) return;
          judged++;
          expect({
            text,
            complaints: judge(text)
              .remarks.filter(isComplaint)
              .map(({ text: said }) => said),
          }).toEqual({
            text,
            complaints: [],
          });
        }),
        { numRuns: oracleFiles(120) },
      );
      expect(judged).toBeGreaterThan(5);
    },
    oracleTimeoutMs(120),
  );

  test(
    "what keepalived complains about in a damaged file, we complain about too",
    () => {
      let complained = 0;
      const before = new Set(complaints(judge(whole.join("\n")).remarks));
      fc.assert(
        fc.property(fc.nat(whole.length - 1), fc.nat(damages.length - 1), (at, kind) => {
          const text = whole.with(at, (damages[kind] ?? String)(whole[at] ?? "")).join("\n");
          const said = complaints(judge(text).remarks).filter((remark) => !before.has(remark));
          if (said.length === 0) return;
          complained++;
          const { issues } = loadText(text, { file: "k.conf", format: "keepalived" });
          expect({ said, text, ours: issues.length > 0 }).toEqual({ said, text, ours: true });
        }),
        { numRuns: oracleFiles(100) },
      );
      expect(complained).toBeGreaterThan(20);
    },
    oracleTimeoutMs(100),
  );
});

/** The text without what is younger than 2.2.7, and without a namespace that it would go into before it reads on. */
function forThisKeepalived(text: string): string {
  return text
    .replace(/^net_namespace .*\n/gm, "")
    .replace(/ {4}auth_hmac \{[^}]*\}\n/g, "")
    .replace(
      /^ *(owner_ignore_adverts|timer_expired_backup|v3_checksum_as_v2|vrrp_delay_after_boot|multihop|sni_name)\b.*\n/gm,
      "",
    )
    .replace(/ tun_id \d+/g, "");
}

/** What it says of a line; not what it says of names, users, programs and processors that this machine does not have. */
/** 2.2.7 takes no digit f in a payload. */
function isComplaint({ text }: Remark): boolean {
  return (
    /Unknown|Extra|Missing|[Ii]nvalid|nonsense|Unmatched|not valid|no scheduler|no forwarding/.test(text) &&
    !/smtp server|(startup|shutdown) script|hex string for UDP_CHECK|cpu_id/.test(text)
  );
}

const whole = `global_defs {
  router_id lb1
  vrrp_garp_master_delay 3
}
bfd_instance edge {
  neighbor_ip 10.9.0.9
  source_ip 10.9.0.1
  min_rx 50
  multiplier 3
  max_hops 2
  weight -10
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 120
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  virtual_ipaddress {
    10.9.0.100/24
  }
}
virtual_server 10.9.0.100 80 {
  delay_loop 6
  lb_algo wrr
  lb_kind DR
  persistence_timeout 60
  protocol TCP
  real_server 10.9.0.11 80 {
    weight 3
    TCP_CHECK {
      connect_timeout 3
      retry 2
    }
  }
}`.split("\n");

/** Mistakes as people make them. */
const damages: readonly ((line: string) => string)[] = [
  (line) => line.replace(/(\w)(\w)/, "$2$1"),
  (line) => line.replace(/(\w) (\w)/, "$1$2"),
  (line) => line.replace(/\d+/, "99999999"),
  (line) => line.replace(/\d+/, "x"),
  (line) => line.replace("{", ""),
  (line) => line.replace("}", ""),
  (line) => `${line} {`,
  (line) => `${line}\n}`,
  (line) => line.replace(/ \S+$/, ""),
  (line) => `${line} "`,
];

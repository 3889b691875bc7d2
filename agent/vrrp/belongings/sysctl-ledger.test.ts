import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../base/log.ts";
import { MemorySysctls } from "../../kernel/memory/sysctls.ts";
import { LedgerFile } from "./ledger-file.ts";
import { type LedgerMemory, SysctlLedger } from "./sysctl-ledger.ts";

const setting = "ipv4/conf/eth0/promote_secondaries";
const wished = new Map([[setting, "1"]]);

class Memory implements LedgerMemory {
  before: ReadonlyMap<string, string> = new Map();
  load = () => this.before;
  save(before: ReadonlyMap<string, string>) {
    this.before = new Map(before);
  }
}

function world(value = "0") {
  const port = new MemorySysctls({ [setting]: value });
  const memory = new Memory();
  const refused: string[] = [];
  const process = () => new SysctlLedger(port, memory, (operation, object) => refused.push(`${operation} ${object}`));
  return { port, memory, refused, process };
}

describe("a network setting", () => {
  test("that is changed is recorded before, and restored at the end", () => {
    const { port, memory, process } = world();
    const ledger = process();
    port.refuse = () => {
      expect(memory.before.get(setting)).toBe("0");
      return undefined;
    };
    ledger.wish(wished);
    expect(port.read(setting)).toBe("1");
    ledger.restoreAll();
    expect(port.read(setting)).toBe("0");
    expect(memory.before.size).toBe(0);
  });

  test("that was as wished already stays so at the end", () => {
    const { port, process } = world("1");
    const ledger = process();
    ledger.wish(wished);
    ledger.restoreAll();
    expect(port.read(setting)).toBe("1");
  });

  test("that a dead process has changed is restored by the next one if it does not need it", () => {
    const { port, process } = world();
    process().wish(wished);
    process().wish(new Map());
    expect(port.read(setting)).toBe("0");
  });

  test("that both processes need keeps the value from before the first", () => {
    const { port, process } = world();
    process().wish(wished);
    const next = process();
    next.wish(wished);
    next.restoreAll();
    expect(port.read(setting)).toBe("0");
  });

  test("that comes with its interface later is set then", () => {
    const { port, process } = world();
    port.values.clear();
    const ledger = process();
    ledger.wish(wished);
    port.values.set(setting, "0");
    ledger.check();
    expect(port.read(setting)).toBe("1");
  });

  test("that is gone with its interface is no trouble at the end", () => {
    const { port, refused, memory, process } = world();
    const ledger = process();
    ledger.wish(wished);
    port.values.clear();
    ledger.restoreAll();
    expect(refused).toEqual([]);
    expect(memory.before.size).toBe(0);
  });

  test("that the kernel refuses to restore is kept in the ledger, and said", () => {
    const { port, refused, memory, process } = world();
    const ledger = process();
    ledger.wish(wished);
    port.refuse = () => "EACCES";
    ledger.restoreAll();
    expect(refused).toEqual([`restore ${setting}`]);
    expect(memory.before).toEqual(new Map([[setting, "0"]]));
  });
});

describe("the ledger's file", () => {
  const directory = mkdtempSync(join(tmpdir(), "ledger-"));
  const file = (boot: string) => new LedgerFile(directory, "vrrp.sysctls", silentLog, boot);

  test("is read by the next process of the same boot, and worth nothing after another", () => {
    file("one").save(new Map([[setting, "0"]]));
    expect(file("one").load()).toEqual(new Map([[setting, "0"]]));
    expect(file("two").load()).toEqual(new Map());
  });

  test("that is cut off counts as none", () => {
    const path = join(directory, "vrrp.sysctls");
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 20));
    expect(file("one").load()).toEqual(new Map());
    rmSync(directory, { recursive: true });
  });
});

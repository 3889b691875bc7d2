import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isOpenToAll, readLoginPassword, readSecret, readVrrpKey, readVrrpPassword } from "./secret-file.ts";

const directory = mkdtempSync(join(tmpdir(), "secrets-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(content: string | Uint8Array, mode = 0o600): string {
  const path = join(directory, `${Math.random()}`);
  writeFileSync(path, content, { mode });
  return path;
}

describe("a secret in a file", () => {
  test("is its text without the end of the line; blanks belong to a password", () => {
    expect(readSecret(file(" a b \n"))).toBe(" a b ");
    expect(readVrrpPassword(file("s3cret\n"))).toBe("s3cret");
    expect(readLoginPassword(file("größer\r\n"))).toBe("größer");
  });

  test("as a key is its bytes, or what its hexadecimal digits stand for", () => {
    expect(readVrrpKey(file(`hex:${"0a".repeat(32)}\n`))).toEqual(new Uint8Array(32).fill(10));
    expect(readVrrpKey(file(new Uint8Array(40).fill(200)))).toEqual(new Uint8Array(40).fill(200));
  });

  test("that cannot be one is refused with the name of the file, and without what is in it", () => {
    const wrong: [(path: string) => unknown, string][] = [
      [readVrrpPassword, "longer than eight"],
      [readVrrpPassword, "two\nlines"],
      [readVrrpPassword, ""],
      [readLoginPassword, "\n"],
      [readVrrpKey, "tooShort"],
      [readVrrpKey, `hex:${"xy".repeat(32)}`],
      [readSecret, "much".repeat(2000)],
    ];
    for (const [read, content] of wrong) {
      const path = file(content);
      const thrown = messageFrom(() => read(path));
      expect(thrown).toStartWith(path);
      if (content.length > 1) expect(thrown).not.toContain(content.slice(0, 8));
    }
  });

  test("is neither a device nor a directory nor nothing", () => {
    expect(messageFrom(() => readSecret("/dev/zero"))).toBe("/dev/zero is no regular file");
    expect(messageFrom(() => readSecret(directory))).toBe(`${directory} is no regular file`);
    expect(messageFrom(() => readSecret(join(directory, "none")))).toContain("ENOENT");
  });

  test("is open to all when others may read it", () => {
    expect(isOpenToAll(file("x", 0o640))).toBe(false);
    expect(isOpenToAll(file("x", 0o644))).toBe(true);
  });
});

function messageFrom(action: () => unknown): string {
  try {
    action();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  return "nothing was thrown";
}

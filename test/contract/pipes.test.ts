import { afterAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLinuxPipe } from "../../agent/kernel/linux/pipes.ts";
import { MemoryPipes } from "../../agent/kernel/memory/pipes.ts";
import { pipeContract } from "./pipe-contract.ts";

const folder = mkdtempSync(join(tmpdir(), "vipward-pipes-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const freshPath = () => join(folder, `pipe-${count++}`);

pipeContract("memory", () => {
  const pipe = new MemoryPipes().at("/run/a");
  return {
    pipe,
    readerComes: () => {
      pipe.hasReader = true;
    },
    readerGoes: () => {
      pipe.hasReader = false;
    },
    read: () => pipe.read(),
    dispose: () => {},
  };
});

pipeContract("Linux", () => {
  const path = freshPath();
  let fd: number | undefined;
  const leave = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return {
    pipe: openLinuxPipe(path),
    readerComes: () => {
      fd = openReader(path);
    },
    readerGoes: leave,
    read: () => (fd === undefined ? [] : readLines(fd)),
    dispose: leave,
  };
});

describe("a named pipe of Linux", () => {
  test("is made for its owner alone, whatever the umask", () => {
    const path = freshPath();
    const before = process.umask(0o000);
    openLinuxPipe(path).prepare();
    process.umask(before);
    expect(statSync(path).isFIFO()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("is not written to where something else is", () => {
    const path = freshPath();
    writeFileSync(path, "precious");
    const pipe = openLinuxPipe(path);
    expect(pipe.prepare()).toContain("is no named pipe");
    expect(pipe.write("a\n")).toMatchObject({ kind: "failed" });
    expect(statSync(path).size).toBe(8);
    pipe.close();
  });

  test("that was removed and made anew is found again", () => {
    const path = freshPath();
    const pipe = openLinuxPipe(path);
    pipe.prepare();
    const first = openReader(path);
    expect(pipe.write("a\n")).toEqual({ kind: "written" });
    closeSync(first);
    unlinkSync(path);
    expect(pipe.write("b\n")).toEqual({ kind: "no-reader" });
    expect(pipe.write("b\n")).toEqual({ kind: "no-reader" });
    const second = openReader(path);
    expect(pipe.write("b\n")).toEqual({ kind: "written" });
    expect(readLines(second)).toEqual(["b"]);
    closeSync(second);
    pipe.close();
  });
});

function openReader(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

function readLines(fd: number): readonly string[] {
  const buffer = Buffer.alloc(1 << 20);
  let size = 0;
  try {
    for (let more = readSync(fd, buffer, { offset: size }); more > 0; more = readSync(fd, buffer, { offset: size }))
      size += more;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") throw thrown;
  }
  return buffer.toString("utf8", 0, size).split("\n").slice(0, -1);
}

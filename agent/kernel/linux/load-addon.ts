// Loads the native add-on from memory: its bytes go from the executable into an anonymous file, which the dynamic
// loader maps. So nothing is written to disk, and a /tmp that is read-only or mounted noexec does not matter.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, readFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
// Named .so, because Bun imports a .node file as a path only when it compiles a binary.
import embeddedPath from "../../../native/build/vipward.so" with { type: "file" };

/** The exports of the embedded add-on. */
export function loadEmbeddedAddon(): unknown {
  const descriptor = createMemoryFile();
  try {
    writeAll(descriptor, readFileSync(embeddedPath));
    return loadAddonFile(`/proc/self/fd/${descriptor}`);
  } finally {
    closeSync(descriptor);
  }
}

/** The exports of the add-on in a file. */
export function loadAddonFile(path: string): unknown {
  const addon: { exports: unknown } = { exports: {} };
  process.dlopen(addon, path, constants.dlopen.RTLD_NOW);
  return addon.exports;
}

// memfd_create(2). Kernels from 6.3 can demand that the caller says whether the file may be executed (sysctl
// vm.memfd_noexec); ours is mapped, never executed. Older kernels refuse that flag.
const closeOnExec = 0x1;
const neverExecuted = 0x8;

function createMemoryFile(): number {
  const name = Buffer.from("vipward.so\0");
  const libc = dlopen("libc.so.6", {
    memfd_create: { args: [FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  });
  try {
    for (const flags of [closeOnExec | neverExecuted, closeOnExec]) {
      const descriptor = libc.symbols.memfd_create(ptr(name), flags);
      if (descriptor >= 0) return descriptor;
    }
    throw new Error("memfd_create refused to make the file that the native add-on is loaded from");
  } finally {
    libc.close();
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

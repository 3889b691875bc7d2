// What notifications believe of named pipes.

import { describe, expect, test } from "bun:test";
import type { Pipe } from "../../agent/kernel/pipes.ts";

/** A pipe with its reader, as the contract plays with them. */
export interface PipeStage {
  readonly pipe: Pipe;
  readerComes(): void;
  readerGoes(): void;
  /** The lines that the reader finds. */
  read(): readonly string[];
  dispose(): void;
}

/** The contract of named pipes. */
export function pipeContract(name: string, stage: () => PipeStage): void {
  const play = (claim: string, act: (stage: PipeStage) => void) =>
    test(claim, () => {
      const set = stage();
      try {
        act(set);
      } finally {
        set.pipe.close();
        set.dispose();
      }
    });

  describe(`a named pipe (${name})`, () => {
    play("takes nothing while nobody reads, and then all in order", (set) => {
      expect(set.pipe.prepare()).toBeUndefined();
      expect(set.pipe.write("a\n")).toEqual({ kind: "no-reader" });
      set.readerComes();
      expect(set.pipe.write("b\n")).toEqual({ kind: "written" });
      expect(set.pipe.write("c\n")).toEqual({ kind: "written" });
      expect(set.read()).toEqual(["b", "c"]);
    });

    play("is full when its reader does not read, whole lines only, and takes more when he does", (set) => {
      set.pipe.prepare();
      set.readerComes();
      const line = `${"x".repeat(99)}\n`;
      let written = 0;
      while (set.pipe.write(line).kind === "written") written += 1;
      expect(written).toBeGreaterThan(600);
      expect(set.pipe.write(line)).toEqual({ kind: "full" });
      const lines = set.read();
      expect(lines).toHaveLength(written);
      expect(new Set(lines)).toEqual(new Set(["x".repeat(99)]));
      expect(set.pipe.write(line)).toEqual({ kind: "written" });
    });

    play("keeps what a reader has left unread for the next one", (set) => {
      set.pipe.prepare();
      set.readerComes();
      expect(set.pipe.write("a\n")).toEqual({ kind: "written" });
      set.readerGoes();
      expect(set.pipe.write("b\n")).toEqual({ kind: "no-reader" });
      set.readerComes();
      expect(set.pipe.write("b\n")).toEqual({ kind: "written" });
      expect(set.read()).toEqual(["a", "b"]);
    });
  });
}

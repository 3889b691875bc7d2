import { expect, test } from "bun:test";
import { ChunkedBody } from "./chunked-body.ts";

const whole = "4\r\nWiki\r\n7;x=y\r\npedia i\r\n0\r\nTrailer: x\r\n\r\n";

test("chunks come out as the body that they carry, wherever they are cut", () => {
  for (const step of [1, 2, 3, 5, 100]) {
    const body = new ChunkedBody();
    let text = "";
    let isComplete = false;
    for (let at = 0; at < whole.length; at += step) {
      const decoded = body.take(Buffer.from(whole.slice(at, at + step)));
      if (!decoded.ok) throw new Error(decoded.error);
      text += decoded.value.parts.map((part) => Buffer.from(part).toString()).join("");
      isComplete ||= decoded.value.isComplete;
    }
    expect({ step, text, isComplete }).toEqual({ step, text: "Wikipedia i", isComplete: true });
  }
});

test("nonsense is said, not thrown", () => {
  const read = (text: string) => new ChunkedBody().take(Buffer.from(text));
  expect(read("hello\r\n")).toEqual({ ok: false, error: "has a chunk without a size" });
  expect(read("1\r\nab\r\n")).toEqual({ ok: false, error: "has a chunk that is longer than it says" });
  expect(read("1".repeat(2000))).toEqual({ ok: false, error: "has a line of a chunk without an end" });
});

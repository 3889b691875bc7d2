import { expect, test } from "bun:test";
import { dnsQuestion, readDnsAnswer } from "./dns-message.ts";

// An answer of named 9.18 to "www.example.com MX", and to A, put together by RFC 1035: header, question, answers with pointers.
const question = [3, 119, 119, 119, 7, 101, 120, 97, 109, 112, 108, 101, 3, 99, 111, 109, 0];
const answerTo = (type: number, count: number, ...records: number[]) =>
  Uint8Array.from([0x12, 0x34, 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0, ...question, 0, type, 0, 1, ...records]);

test("a question is one name, one type, and the wish for recursion", () => {
  expect([...dnsQuestion(0x1234, "www.example.com", "A")]).toEqual([
    0x12,
    0x34,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    ...question,
    0,
    1,
    0,
    1,
  ]);
  expect([...dnsQuestion(1, ".", "SOA")].slice(12)).toEqual([0, 0, 6, 0, 1]);
});

test("records are told as text", () => {
  const address = answerTo(1, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1);
  expect(readDnsAnswer(address, 0x1234, "A")).toEqual({
    ok: true,
    value: { code: "NOERROR", truncated: false, records: ["192.0.2.1"] },
  });
  const mail = answerTo(15, 1, 0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 9, 0, 10, 4, 77, 97, 105, 108, 0xc0, 16);
  expect(readDnsAnswer(mail, 0x1234, "MX")).toMatchObject({ value: { records: ["10 mail.example.com"] } });
  const text = answerTo(16, 1, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 6, 2, 111, 107, 2, 33, 33);
  expect(readDnsAnswer(text, 0x1234, "TXT")).toMatchObject({ value: { records: ["ok!!"] } });
});

test("an answer to somebody else's question, and a question, are not ours", () => {
  expect(readDnsAnswer(answerTo(1, 0), 0x4321, "A")).toEqual({ ok: true, value: "not ours" });
  expect(readDnsAnswer(dnsQuestion(0x1234, "a", "A"), 0x1234, "A")).toEqual({ ok: true, value: "not ours" });
});

test("what is cut off, points nowhere or in a ring is malformed, and nothing throws", () => {
  const whole = answerTo(1, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1);
  for (let length = 0; length < whole.length; length++)
    expect(readDnsAnswer(whole.subarray(0, length), 0x1234, "A").ok).toBe(false);
  const ring = Uint8Array.from([0x12, 0x34, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]);
  expect(readDnsAnswer(ring, 0x1234, "A").ok).toBe(false);
});

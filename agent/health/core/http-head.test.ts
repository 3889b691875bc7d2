import { expect, test } from "bun:test";
import fc from "fast-check";
import { longestHead, readHead } from "./http-head.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

test("reads the status and the length of the body", () => {
  expect(readHead(bytes("HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length:  12 \r\n\r\nrest"))).toEqual({
    status: 200,
    contentLength: 12,
    isChunked: false,
    location: undefined,
    bodyStart: 52,
  });
});

test("takes a status line without a reason, and lines that end with LF alone", () => {
  expect(readHead(bytes("HTTP/1.0 404\n\n"))).toEqual({
    status: 404,
    contentLength: undefined,
    isChunked: false,
    location: undefined,
    bodyStart: 14,
  });
});

test("204 and 304 have no body, whatever they announce (RFC 9112, section 6.3)", () => {
  for (const status of [204, 304])
    expect(readHead(bytes(`HTTP/1.1 ${status} x\r\nContent-Length: 9\r\n\r\n`))).toMatchObject({
      status,
      contentLength: 0,
    });
});

test("asks for more until the empty line", () => {
  const head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
  for (let length = 0; length < head.length; length++)
    expect(readHead(bytes(head.slice(0, length)))).toBe("incomplete");
});

test("refuses what does not begin as HTTP/1, at the first wrong byte", () => {
  for (const text of ["SSH-2.0", "HTTQ", "HTTP/2 200", "HTTP/1.1 abc\r\n\r\n", "\0"])
    expect(readHead(bytes(text))).toBe("malformed");
});

test("refuses a head without end", () => {
  expect(readHead(bytes(`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(longestHead / 6)}`))).toBe("malformed");
});

test("never throws, whatever comes", () => {
  const start = fc.constantFrom("", "HTTP/1.1 ", "HTTP/1.1 200 OK\r\nContent-Length: ");
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 80 }), (prefix, rest) => {
      const head = readHead(Buffer.concat([bytes(prefix), rest]));
      if (typeof head === "object") expect(head.status).toBeWithin(0, 1000);
    }),
  );
});

test("a head says where else to ask", () => {
  const head = (line: string) => readHead(bytes(`HTTP/1.1 302 Found\r\n${line}\r\n\r\n`));
  expect(head("Location:  https://www.example.com/x ")).toMatchObject({ location: "https://www.example.com/x" });
  expect(head("LOCATION:/x")).toMatchObject({ location: "/x" });
  expect(head("X-Location: /x")).toMatchObject({ location: undefined });
});

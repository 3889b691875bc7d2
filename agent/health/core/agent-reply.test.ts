import { expect, test } from "bun:test";
import { readAgentReply } from "./agent-reply.ts";

test("an agent's words are HAProxy's", () => {
  const read = (line: string) => {
    const reply = readAgentReply(line);
    return reply.ok ? { up: reply.value.up, percent: reply.value.percent } : reply.error;
  };
  expect(read("up 75%\n")).toEqual({ up: true, percent: 75 });
  expect(read("50%")).toEqual({ up: true, percent: 50 });
  expect(read("ready,up,100%")).toEqual({ up: true, percent: 100 });
  expect(read("drain")).toEqual({ up: true, percent: 0 });
  expect(read("maint")).toEqual({ up: true, percent: 0 });
  expect(read("down # disk full")).toEqual({ up: false, percent: undefined });
  expect(read("STOPPED")).toEqual({ up: false, percent: undefined });
  expect(read("maxconn:30 up")).toEqual({ up: true, percent: undefined });
  expect(read("\r\n")).toBe("says nothing");
  expect(read("HTTP/1.0 200 OK")).toBe('says "HTTP/1.0", which is not known');
});

test("what the agent says for people is kept", () => {
  expect(readAgentReply("down # disk full")).toMatchObject({ value: { detail: "agent says down (disk full)" } });
});

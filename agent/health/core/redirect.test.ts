import { expect, test } from "bun:test";
import { ip } from "../../base/address.ts";
import { type HttpPlace, redirected } from "./redirect.ts";

const from: HttpPlace = {
  address: ip("10.9.0.11"),
  port: 8080,
  isSecure: false,
  host: "www.example.com",
  path: "/a/b",
};

const to = (location: string, toOtherHosts = false, place = from) => {
  const next = redirected(place, location, toOtherHosts);
  if (!next.ok) return next.error;
  const { address, port, isSecure, host, path } = next.value;
  return `${isSecure ? "https" : "http"} ${host} at ${address} port ${port} ${path}`;
};

test("a path is asked of the same server, at the port that is probed", () => {
  expect(to("/login")).toBe("http www.example.com at 10.9.0.11 port 8080 /login");
  expect(to("c?d=e#f")).toBe("http www.example.com at 10.9.0.11 port 8080 /a/c?d=e");
  expect(to("http://www.example.com/x")).toBe("http www.example.com at 10.9.0.11 port 8080 /x");
  expect(to("//WWW.example.com/x")).toBe("http www.example.com at 10.9.0.11 port 8080 /x");
});

test("another scheme or port of the same name is another port of the same server", () => {
  expect(to("https://www.example.com/x")).toBe("https www.example.com at 10.9.0.11 port 443 /x");
  expect(to("https://www.example.com:8443/x")).toBe("https www.example.com:8443 at 10.9.0.11 port 8443 /x");
  expect(to("http://www.example.com:81/x")).toBe("http www.example.com:81 at 10.9.0.11 port 81 /x");
});

test("another name is followed only where that is allowed, and is asked of the same server", () => {
  expect(to("https://login.example.com/x")).toBe('sends to another host, "login.example.com"');
  expect(to("https://login.example.com/x", true)).toBe("https login.example.com at 10.9.0.11 port 443 /x");
});

test("an address is gone to", () => {
  expect(to("http://10.9.0.12:90/x", true)).toBe("http 10.9.0.12:90 at 10.9.0.12 port 90 /x");
  expect(to("http://[fd00::2]/x", true)).toBe("http [fd00::2] at fd00::2 port 80 /x");
  const bare = { ...from, host: "[fd00::1]:8080", address: ip("fd00::1") };
  expect(to("/x", false, bare)).toBe("http [fd00::1]:8080 at fd00::1 port 8080 /x");
});

test("what is not of the web is not followed", () => {
  expect(to("ftp://www.example.com/x")).toBe('sends to "ftp://www.example.com/x", which is no address of the web');
  expect(to("http://", true)).toContain("which is no address of the web");
});

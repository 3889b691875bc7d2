import { describe, expect, test } from "bun:test";
import { instant, milliseconds, seconds } from "../../base/duration.ts";
import { Lease } from "./lease.ts";

const hundred = Array.from({ length: 100 }, (_, index) => index);
const start = instant(0);

function begun(length = seconds(3)) {
  const lease = new Lease<number>();
  lease.setLength(length, start);
  lease.due(start, []);
  return lease;
}

describe("a lease", () => {
  test("is renewed every third of it, a part of the addresses in each call", () => {
    const lease = begun();
    expect([lease.validFor, lease.nextDeadline(), lease.due(instant(999), hundred)]).toEqual([
      seconds(3),
      instant(1000),
      [],
    ]);
    const parts = [lease.due(instant(1000), hundred), lease.due(instant(1001), hundred)];
    expect([parts.map(({ length }) => length), parts.flat(), lease.nextDeadline()]).toEqual([
      [64, 36],
      hundred,
      instant(2001),
    ]);
  });

  test("that becomes longer in the midst of a renewal is given to all, also to those just renewed by the short one", () => {
    const lease = begun();
    lease.due(instant(1000), hundred);
    lease.setLength(seconds(60), instant(1001));
    const renewed = [...lease.due(instant(1001), hundred), ...lease.due(instant(1001), hundred)];
    expect(renewed).toEqual(hundred);
  });

  test("of 0 is for ever, and what is put is put again every 10 s all the same", () => {
    const lease = new Lease<number>();
    lease.begin(start);
    expect([lease.validFor, lease.nextDeadline()]).toEqual([undefined, instant(10_000)]);
  });

  test("of 3 s outlasts a process that is held up for just under 2 s when it is to renew", () => {
    const lease = begun();
    const late = instant(1000 + 1999);
    expect([lease.due(late, [7]), late < seconds(3), lease.nextDeadline()]).toEqual([
      [7],
      true,
      instant(late + milliseconds(1000)),
    ]);
  });
});

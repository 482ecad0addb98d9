import { expect } from "chai";
import { fencingBounds } from "../../verify/bounds/fencingBounds.ts";
import { parseFenceOrders } from "../../verify/evidence/fenceOrders.ts";

const line = (time: string, text: string): string => `${time} fence fence-device[412]: ${text}`;

describe("the orders that the fencing device noted", () => {
  it("begin when they came, not when they were answered, and tell whether the node was off already", () => {
    const orders = parseFenceOrders(
      [
        line("1000.500000", "sip1: set power 1: confirmed after 250 ms"),
        line("1020.000000", "sip2: set reset 1: confirmed after 400 ms"),
      ].join("\n"),
    );
    expect(orders).to.deep.equal([
      { node: "sip1", words: "power 1", came: 1000.25, answered: 1000.5, confirmed: true },
      { node: "sip2", words: "reset 1", came: 1019.6, answered: 1020, confirmed: true },
    ]);
  });

  it("count once when they were repeated since the answer was late, and twice when there were two", () => {
    const again = (time: string): string => line(time, "sip1: set reset 1: confirmed after 0 ms");
    expect(parseFenceOrders([again("1000.0"), again("1003.0")].join("\n"))).to.have.lengthOf(1);
    expect(parseFenceOrders([again("1000.0"), again("1009.0")].join("\n"))).to.have.lengthOf(2);
  });

  it("are there also when they were refused; other words are none", () => {
    const text = [
      line("1000.0", "sip1: set reset 1: sip1 is not shot: the order is sip2's, which was shot itself"),
      line("1001.0", "sip1: set boot 0: confirmed after 0 ms"),
      "-- Boot 1 --",
    ].join("\n");
    expect(parseFenceOrders(text).map(({ words, confirmed }) => [words, confirmed])).to.deep.equal([
      ["reset 1", false],
    ]);
  });

  it("are held to initdead however slow the machines may be, and the service after them to initdead and the device", () => {
    const timing = { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 1000, initdeadMs: 10_000 };
    const { orderTooEarly, orders, serviceAlone } = fencingBounds(timing, { fenceMs: 300, timeoutMs: 10_000 }, 2);
    expect([orderTooEarly.limit, orders.limit, serviceAlone.limit]).to.deep.equal([0, 0, 80_600]);
  });
});

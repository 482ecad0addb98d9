import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { all, eventually, inTime, type Look, messageOf, NotInTimeError } from "../../remote/eventually.ts";

/** Fails with `error` until the given look, then is met. */
function metAtLook(wanted: number, error?: Error): () => Promise<Look<number>> {
  let looks = 0;
  return () => {
    looks += 1;
    if (looks >= wanted) return Promise.resolve({ met: true, value: looks });
    return error ? Promise.reject(error) : Promise.resolve({ met: false, seen: `look ${looks}` });
  };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a condition that shall come true", () => {
  it("answers its value at the first look that meets it", async () => {
    expect(await eventually("it", metAtLook(3), { withinMs: 1000, everyMs: 1 })).to.equal(3);
  });

  it("is looked at once even without any patience", async () => {
    expect(await eventually("it", metAtLook(1), { withinMs: 0 })).to.equal(1);
  });

  it("is not given up because a look fails", async () => {
    const look = metAtLook(3, new Error("connection refused"));
    expect(await eventually("it", look, { withinMs: 1000, everyMs: 1 })).to.equal(3);
  });

  it("says what was seen last when the time is over", async () => {
    const error = await failure(eventually("sip2 owns the group", metAtLook(1e9), { withinMs: 20, everyMs: 5 }));
    expect(error).to.be.instanceOf(NotInTimeError);
    expect(messageOf(error)).to.match(/^sip2 owns the group: not within 20 ms; last seen: look \d+$/);
  });

  it("may stay away, where that is no fault", async () => {
    expect(await inTime("it", metAtLook(2), { withinMs: 1000, everyMs: 1 })).to.equal(2);
    expect(await inTime("it", metAtLook(1e9), { withinMs: 5, everyMs: 1 })).to.equal(undefined);
  });

  it("says the last look's error when the time is over", async () => {
    const look = metAtLook(1e9, new Error("connection refused"));
    const error = await failure(eventually("it", look, { withinMs: 5, everyMs: 1 }));
    expect(messageOf(error)).to.include("last seen: Error: connection refused");
  });
});

describe("jobs that are waited for together", () => {
  it("answer in their own order, not in that of their ends", async () => {
    expect(await all([delay(10, "slow"), delay(1, "fast")])).to.deep.equal(["slow", "fast"]);
  });

  it("are all over when a failure of one is told", async () => {
    let ended = false;
    const slow = delay(20).then(() => (ended = true));
    const error = new Error("the one that failed");
    expect(await failure(all([Promise.reject(error), slow]))).to.equal(error);
    expect(ended).to.equal(true);
  });

  it("tell every failure", async () => {
    const jobs = [Promise.reject(new Error("first")), Promise.resolve(1), Promise.reject(new Error("second"))];
    expect(messageOf(await failure(all(jobs)))).to.equal("first\nsecond");
  });
});

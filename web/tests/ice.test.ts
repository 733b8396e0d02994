import { expect, it } from "vitest";
import { iceServersFrom } from "../src/ice";
import { TurnedClock } from "./fakes/clock";

it("asks again when half of the time is up, and does without when there is no answer", async () => {
  const clock = new TurnedClock();
  let asked = 0;
  let broken = false;
  const troubles: unknown[] = [];
  const servers = iceServersFrom(
    async () => {
      asked += 1;
      if (broken) throw new Error("HTTP 503");
      return { iceServers: [{ urls: [`stun:${asked}.example`] }], ttl: 600 };
    },
    clock,
    (_, reason) => void troubles.push(reason),
  );
  await servers();
  clock.pass(299_000);
  expect(await servers()).toEqual([{ urls: ["stun:1.example"] }]);
  clock.pass(2000);
  expect(await servers()).toEqual([{ urls: ["stun:2.example"] }]);
  broken = true;
  clock.pass(400_000);
  expect(await servers()).toEqual([{ urls: ["stun:2.example"] }]);
  expect(troubles).toHaveLength(1);
});

import { beforeEach, expect, it } from "vitest";
import { Typist } from "../src/typist";
import { TurnedClock } from "./fakes/clock";

let clock: TurnedClock;
let said: boolean[];
let typist: Typist;

beforeEach(() => {
  clock = new TurnedClock();
  said = [];
  typist = new Typist(clock, (isTyping) => void said.push(isTyping));
});

it("says it once in a while, however fast one types", () => {
  for (let key = 0; key < 50; key += 1) {
    typist.typed(false);
    clock.pass(100);
  }
  expect(said).toEqual([true, true]);
});

it("says when one has stopped, and when nothing is left", () => {
  typist.typed(false);
  clock.pass(3000);
  typist.typed(false);
  typist.typed(true);
  expect(said).toEqual([true, false, true, false]);
  typist.typed(true);
  expect(said).toHaveLength(4);
});

it("keeps silent about a message that was sent", () => {
  typist.typed(false);
  typist.forget();
  clock.pass(10_000);
  expect(said).toEqual([true]);
});

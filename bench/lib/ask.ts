import type { Program } from "../../gates/lib/program.js";

/** Sends an order to a program, and resolves with the answer. @throws {Error} when the program ends first. */
export async function ask<Answer>(program: Program, order: object): Promise<Answer> {
  const next = program.next();
  program.tell(order);
  return (await next) as Answer;
}

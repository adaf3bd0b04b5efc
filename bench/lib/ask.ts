import type { Program } from "../../gates/lib/program.js";

/** Tells a program something, and resolves with what it answers. @throws {Error} if it ends before. */
export async function ask<Answer>(program: Program, order: object): Promise<Answer> {
  const next = program.next();
  program.tell(order);
  return (await next) as Answer;
}

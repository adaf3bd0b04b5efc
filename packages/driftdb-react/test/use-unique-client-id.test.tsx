// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { cleanup, render } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, expect, test } from "vitest";
import { useUniqueClientId } from "../src/index.js";

afterEach(cleanup);

test("the id is the same in every component and every render, and needs no provider", () => {
  const ids: string[] = [];
  function Id() {
    const id = useUniqueClientId();
    ids.push(id);
    return <p>{id}</p>;
  }
  const tree = () => (
    <StrictMode>
      <Id />
      <Id />
    </StrictMode>
  );
  const view = render(tree());
  view.rerender(tree());
  view.unmount();
  render(tree());
  expect(ids.length).toBeGreaterThanOrEqual(6);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^\S{10,}$/);
});

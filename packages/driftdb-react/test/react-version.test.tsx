import { render, screen } from "@testing-library/react";
import * as React from "react";
import { version as domVersion } from "react-dom";
import { version as serverVersion } from "react-dom/server";
import { expect, inject, test } from "vitest";
import { useUniqueClientId } from "../src/index.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The version of React that the project's tests are to run on. */
    react: string;
  }
}

function Id() {
  return <p>{useUniqueClientId()}</p>;
}

test("the tests run on the React of their project, all of it", () => {
  const expected = inject("react");
  expect([React.version, domVersion, serverVersion]).toEqual([expected, expected, expected]);
  // An element of one version, or a hook, is an error in the renderer of another.
  render(<Id />);
  expect(screen.getByText(/\S{10}/)).toBeTruthy();
});

import { render, screen } from "@testing-library/react";
import * as React from "react";
import { version as domVersion } from "react-dom";
import { version as serverVersion } from "react-dom/server";
import { expect, inject, test } from "vitest";
import { useUniqueClientId } from "../src/index.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The version of React that the project's tests must run on. */
    react: string;
  }
}

function Id() {
  return <p>{useUniqueClientId()}</p>;
}

test("the tests run on the React of their project, renderer included", () => {
  const expected = inject("react");
  expect([React.version, domVersion, serverVersion]).toEqual([expected, expected, expected]);
  // A renderer of one version throws at elements and hooks of another.
  render(<Id />);
  expect(screen.getByText(/\S{10}/)).toBeTruthy();
});

declare module "*.svelte" {
  import type { Component } from "svelte";

  const component: Component;
  export default component;
}

declare module "*.vue" {
  import type { Component } from "vue";

  const component: Component;
  export default component;
}

declare module "*/SharedSlider.jsx" {
  import type { Component } from "solid-js";

  export const SharedSlider: Component;
}

declare module "*/shared-slider.js" {
  export function showSlider(element: HTMLElement): () => void;
}

declare module "*/value-per-frame.js" {
  export function showValue(element: HTMLElement): () => void;
}

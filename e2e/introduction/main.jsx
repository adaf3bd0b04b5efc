import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import SliderDemo from "./slider-demo.jsx";

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <SliderDemo />
  </StrictMode>,
);

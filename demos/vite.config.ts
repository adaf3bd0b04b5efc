import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses, so that the built pages work below any path.
  base: "./",
  plugins: [react()],
});

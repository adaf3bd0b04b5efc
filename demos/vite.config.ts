import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // With relative addresses, the built pages work below any path.
  base: "./",
  plugins: [react()],
});

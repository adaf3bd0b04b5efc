/** What the tests use of React's own runtime for hot reloads. */
declare module "react-refresh/runtime" {
  interface Runtime {
    /** Has to run before `react-dom` is loaded. */
    injectIntoGlobalHook(window: Window): void;
    /** Says that a type is the newest version of the component of that id. */
    register(type: unknown, id: string): void;
    /** Names the hooks that a component uses. If they change, React mounts the component again. */
    setSignature(type: unknown, key: string, forceReset: boolean): void;
    /** Renders what has new versions. */
    performReactRefresh(): unknown;
  }
  const runtime: Runtime;
  export default runtime;
}

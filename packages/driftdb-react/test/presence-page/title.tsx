import { useLock, useSharedState } from "driftdb-react";

export function Title() {
  const [title, setTitle] = useSharedState("title", "Untitled");
  const { held, waiting, acquire, release } = useLock("title");

  return (
    <p>
      <input
        value={title}
        readOnly={!held}
        onFocus={acquire}
        onBlur={release}
        onChange={(event) => setTitle(event.target.value)}
      />
      {waiting && "Somebody else is writing."}
    </p>
  );
}

import { usePresence, useSharedReducer, useSyncStatus, useUniqueClientId } from "driftdb-react";
import {
  type CSSProperties,
  type FormEvent,
  memo,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { personOf } from "./people.js";
import "./chat.css";

interface Message {
  readonly id: string;
  /** The id of the client that wrote it. */
  readonly by: string;
  /** The writer's name at that time. */
  readonly name: string;
  readonly text: string;
  /** When it was written: milliseconds since 1970, by the writer's clock. */
  readonly at: number;
}

/** What each client in the room shows to the others. */
interface Guest {
  readonly name: string;
  readonly isTyping: boolean;
}

/**
 * How many of the newest messages the chat retains. At their longest, they fit into one message of the room,
 * which may have 1 MiB.
 */
const MAX_MESSAGES = 200;
const MAX_TEXT_LENGTH = 1_000;
const MAX_NAME_LENGTH = 24;
/** Milliseconds after the last change of a draft during which its writer counts as typing. */
const TYPING_MS = 4_000;

const noMessages: readonly Message[] = [];
const addMessage = (messages: readonly Message[], message: Message) =>
  [...messages, message].slice(-MAX_MESSAGES);

/** Messages for everybody in the room, and who is in it. */
export function ChatDemo() {
  const me = useUniqueClientId();
  const [messages, post] = useSharedReducer("chat", addMessage, noMessages);
  const [ownName, setOwnName] = useOwnName();
  const [draft, setDraft] = useState("");
  const isTyping = useHasChanged(draft, TYPING_MS) && draft !== "";
  const name = ownName.trim() || personOf(me).name;
  const others = usePresence<Guest>("chat guests", { name, isTyping });
  const guests = Object.entries(others).map(([client, { value }]) => ({ client, ...value }));
  const [unsent, addUnsent] = useUnsent();

  function send(event: FormEvent) {
    event.preventDefault();
    const text = draft.trim();
    if (text === "") return;
    const message = { id: Math.random().toString(36).slice(2, 10), by: me, name, text, at: Date.now() };
    post(message);
    addUnsent(message.id);
    setDraft("");
  }

  return (
    <div className="wide chat">
      <ul className="people" aria-label="Who is here">
        <li>
          <i className="dot" style={{ background: personOf(me).colour }} />
          <input
            className="chat-name"
            aria-label="Your name"
            autoComplete="nickname"
            maxLength={MAX_NAME_LENGTH}
            placeholder={personOf(me).name}
            value={ownName}
            onChange={(event) => setOwnName(event.target.value)}
          />
        </li>
        {guests.map(({ client, name }) => (
          <li key={client}>
            <i className="dot" style={{ background: personOf(client).colour }} />
            {name}
          </li>
        ))}
      </ul>
      <Log messages={messages} me={me} unsent={unsent} />
      <p className="typing">
        {typingText(guests.filter(({ isTyping }) => isTyping).map(({ name }) => name))}
      </p>
      <form className="chat-form" onSubmit={send}>
        <input
          aria-label="Message"
          autoComplete="off"
          enterKeyHint="send"
          maxLength={MAX_TEXT_LENGTH}
          placeholder="Say something"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
        {/* The button does not take the focus, so that a phone's keyboard stays open. */}
        <button type="submit" className="button primary" onMouseDown={(event) => event.preventDefault()}>
          Send
        </button>
      </form>
    </div>
  );
}

interface LogProps {
  readonly messages: readonly Message[];
  readonly me: string;
  /** The ids of the messages that the server may not have yet. */
  readonly unsent: ReadonlySet<string>;
}

/**
 * The list of messages. It scrolls to the newest message, unless the user has scrolled up. `memo` keeps the
 * list from rendering while the user types.
 */
const Log = memo(({ messages, me, unsent }: LogProps) => {
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const newest = messages.at(-1);

  const scroll = () => follows.current && log.current?.scrollTo(0, log.current.scrollHeight);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message scrolls the list.
  useLayoutEffect(() => {
    if (newest?.by === me) follows.current = true;
    scroll();
  }, [newest?.id, me]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scroll uses refs only.
  useEffect(() => {
    const observer = new ResizeObserver(scroll);
    if (log.current) observer.observe(log.current);
    return () => observer.disconnect();
  }, []);

  function updateFollows() {
    const { scrollHeight, scrollTop, clientHeight } = log.current ?? document.body;
    follows.current = scrollHeight - scrollTop - clientHeight < 40;
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must reach a list that scrolls.
    <div className="log" role="log" aria-label="Messages" tabIndex={0} ref={log} onScroll={updateFollows}>
      {messages.length === 0 && <p className="log-empty">No messages yet.</p>}
      {messages.map(({ id, by, name, text, at }) => (
        <div key={id} className={by === me ? "message own" : "message"}>
          <p className="message-head">
            <strong style={{ "--person": personOf(by).colour } as CSSProperties}>
              {by === me ? "You" : name}
            </strong>
            <time>{timeOf(at)}</time>
            {unsent.has(id) && <span className="unsent">not sent yet</span>}
          </p>
          <p className="message-text">{text}</p>
        </div>
      ))}
    </div>
  );
});

/** Whether a value has changed within the last `ms` milliseconds. The first value counts as a change. */
function useHasChanged(value: unknown, ms: number): boolean {
  const [old, setOld] = useState<unknown>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setOld(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return old !== value;
}

/** A set of message ids. It becomes empty when the server has acknowledged everything from this page. */
function useUnsent(): [ReadonlySet<string>, (id: string) => void] {
  const { pending } = useSyncStatus();
  const [unsent, setUnsent] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (pending === 0) setUnsent(new Set());
  }, [pending]);
  return [unsent, (id) => setUnsent((ids) => new Set(ids).add(id))];
}

const NAME = "driftdb-demos-name";

/** The user's name, saved in this browser if the user allows it. */
function useOwnName(): [string, (name: string) => void] {
  const [name, setName] = useState(() => {
    try {
      return localStorage.getItem(NAME) ?? "";
    } catch {
      return "";
    }
  });
  useEffect(() => {
    try {
      localStorage.setItem(NAME, name);
    } catch {
      // The user blocks storage, so the name lasts as long as the page.
    }
  }, [name]);
  return [name, setName];
}

function typingText(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing …`;
  return names.length === 2 ? `${first} and ${second} are typing …` : `${names.length} people are typing …`;
}

/** The local time of day, with the date if it is not today's. */
function timeOf(at: number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const day = isToday ? {} : ({ day: "numeric", month: "short" } as const);
  return date.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" });
}

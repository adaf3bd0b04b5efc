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
  /** The client that wrote it, and how that one called itself then. */
  readonly by: string;
  readonly name: string;
  readonly text: string;
  /** When it was written, by its writer's clock, in ms since 1970. */
  readonly at: number;
}

/** What somebody who is here shows of itself. */
interface Guest {
  readonly name: string;
  readonly isTyping: boolean;
}

/**
 * So many messages are kept. At the longest they still fit into the 1 MiB that one message of the room may
 * have.
 */
const KEPT = 200;
const LONGEST = 1_000;
const LONGEST_NAME = 24;
/** For how long after the last key somebody is said to type, in ms. */
const TYPING = 4_000;

const noMessages: readonly Message[] = [];
const keep = (messages: readonly Message[], message: Message) => [...messages, message].slice(-KEPT);

/** Messages for everybody in the room, and who is in it. */
export function ChatDemo() {
  const me = useUniqueClientId();
  const [messages, post] = useSharedReducer("chat", keep, noMessages);
  const [ownName, setOwnName] = useOwnName();
  const [draft, setDraft] = useState("");
  const isTyping = useRecently(draft, TYPING) && draft !== "";
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
            maxLength={LONGEST_NAME}
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
      <p className="typing">{typing(guests.filter(({ isTyping }) => isTyping).map(({ name }) => name))}</p>
      <form className="chat-form" onSubmit={send}>
        <input
          aria-label="Message"
          autoComplete="off"
          enterKeyHint="send"
          maxLength={LONGEST}
          placeholder="Say something"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
        {/* The field keeps the focus, and a phone its keyboard. */}
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
  /** The ids of those that the server is not known to have. */
  readonly unsent: ReadonlySet<string>;
}

/**
 * The messages. It stays at the newest one, unless somebody has scrolled up to read. What is typed renders
 * none anew.
 */
const Log = memo(({ messages, me, unsent }: LogProps) => {
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const newest = messages.at(-1);

  const scroll = () => follows.current && log.current?.scrollTo(0, log.current.scrollHeight);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it scrolls when there is a message more.
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

  function look() {
    const { scrollHeight, scrollTop, clientHeight } = log.current ?? document.body;
    follows.current = scrollHeight - scrollTop - clientHeight < 40;
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <div className="log" role="log" aria-label="Messages" tabIndex={0} ref={log} onScroll={look}>
      {messages.length === 0 && <p className="log-empty">Nobody has said anything yet.</p>}
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

/** Whether a value has changed within so many ms, or is the first one. */
function useRecently(value: unknown, ms: number): boolean {
  const [old, setOld] = useState<unknown>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setOld(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return old !== value;
}

/** A set of ids that is empty again as soon as the server has everything that was done here. */
function useUnsent(): [ReadonlySet<string>, (id: string) => void] {
  const { pending } = useSyncStatus();
  const [unsent, setUnsent] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (pending === 0) setUnsent(new Set());
  }, [pending]);
  return [unsent, (id) => setUnsent((ids) => new Set(ids).add(id))];
}

const NAME = "driftdb-demos-name";

/** A name that this browser keeps, where it may. */
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
      // Blocked by the user: it lasts as long as the page.
    }
  }, [name]);
  return [name, setName];
}

function typing(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing …`;
  return names.length === 2 ? `${first} and ${second} are typing …` : `${names.length} people are typing …`;
}

/** The hour here, with the day if that is another one. */
function timeOf(at: number): string {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const day = isToday ? {} : ({ day: "numeric", month: "short" } as const);
  return date.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit" });
}

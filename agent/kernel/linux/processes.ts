// The real processes: /proc, and the kernel's connector for what happens to them. The connector exists in the first network namespace only;
// whoever runs in another one opens its socket there, if that is allowed.

import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import type { ProcessChange, ProcessesPort, ProcessInfo } from "../processes.ts";
import { enterNetworkNamespace, type NativeSocket, openSocket } from "./native.ts";
import { connector, listenMessage, readProcessEvent } from "./netlink/connector.ts";
import { netlinkAddress, socketFamily } from "./sockaddr.ts";

const datagrams = 2; // SOCK_DGRAM
const receiveBuffer = { level: 1, name: 33, size: 4 << 20 }; // SO_RCVBUFFORCE
const reading = { bufferSize: 256, batch: 64, queueLimit: 8192 };

/** How long the kernel may take to say that it tells: it answers within the call that asks. */
const answerMs = 500;

/** The processes of this machine. */
export const linuxProcesses: ProcessesPort = {
  list: () =>
    readdirSync("/proc").flatMap((name) => {
      const pid = Number(name);
      return Number.isInteger(pid) && statOf(pid) !== undefined ? [pid] : [];
    }),
  look: (pid, withArguments) => {
    const name = statOf(pid);
    return name === undefined ? undefined : { pid, name, args: withArguments ? argumentsOf(pid) : [] };
  },
  watch,
};

/** The name of a process; undefined when it has ended. The name stands in parentheses and may itself have some in it. */
function statOf(pid: number): string | undefined {
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  const end = stat.lastIndexOf(")");
  const state = stat.charAt(end + 2);
  return state === "Z" || state === "X" ? undefined : stat.slice(stat.indexOf("(") + 1, end);
}

function argumentsOf(pid: number): ProcessInfo["args"] {
  return readProc(pid, "cmdline")?.split("\0").slice(0, -1) ?? [];
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

function watch(onChange: (change: ProcessChange) => void, onRefused: (why: string) => void): { close(): void } {
  try {
    return listenTo(inFirstNamespace(openConnector), onChange, onRefused);
  } catch (thrown) {
    onRefused(messageOf(thrown));
    return { close: () => {} };
  }
}

function listenTo(
  socket: NativeSocket,
  onChange: (change: ProcessChange) => void,
  onRefused: (why: string) => void,
): { close(): void } {
  const unanswered = setTimeout(
    () => onRefused("the kernel does not answer: it may lack CONFIG_PROC_EVENTS"),
    answerMs,
  );
  socket.startReading(
    reading,
    (messages, dropped) => {
      for (const { data } of messages) {
        const event = readProcessEvent(data);
        if (event?.kind === "listening") clearTimeout(unanswered);
        else if (event !== undefined) onChange(event);
      }
      if (dropped > 0) onChange({ kind: "overrun" });
    },
    () => onChange({ kind: "overrun" }),
  );
  socket.send([{ data: listenMessage(process.pid), address: netlinkAddress() }], 0);
  return {
    close: () => {
      clearTimeout(unanswered);
      socket.close();
    },
  };
}

function openConnector(): NativeSocket {
  const socket = openSocket(socketFamily.netlink, datagrams, connector.protocol);
  try {
    socket.setOption(receiveBuffer.level, receiveBuffer.name, receiveBuffer.size);
    socket.bind(netlinkAddress(connector.processGroup));
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Opens a socket in the network namespace of the machine's first process, and comes back. */
function inFirstNamespace(open: () => NativeSocket): NativeSocket {
  const own = openSync("/proc/self/ns/net", "r");
  try {
    try {
      enterNetworkNamespace("/proc/1/ns/net");
    } catch {
      // Without the right to it, the own namespace may be the first one.
    }
    return open();
  } finally {
    enterNetworkNamespace(`/proc/self/fd/${own}`);
    closeSync(own);
  }
}

// The system calls that Bun lacks, as the native add-on offers them. This file is the only one that reaches native/.
//
// It carries bytes: addresses are raw sockaddr structures, options are numbers from kernel headers, and what they
// mean is known to the callers. The add-on is loaded at the first use, so a role that needs nothing of it pays
// nothing. Every function throws a NativeError when the system call fails, a TypeError or RangeError when an
// argument is not what it says.
import type { ProgramIdentity } from "../programs.ts";
import { loadAddonFile, loadEmbeddedAddon } from "./load-addon.ts";

/** A failed system call. The message reads "sendmsg: ENOBUFS, no buffer space available". */
export interface NativeError extends Error {
  /** The name of the errno, such as "ENOBUFS". */
  readonly code: string;
  /** The errno as a positive number. */
  readonly errno: number;
  /** The system call that failed. */
  readonly syscall: string;
}

/** A message to send: the data, a raw sockaddr unless the socket is connected, and raw control records (cmsg(3)). */
export interface OutgoingMessage {
  readonly data: Uint8Array;
  readonly address?: Uint8Array;
  readonly control?: Uint8Array;
}

/** A message that was received: the data, the sender's raw sockaddr, and raw control records (cmsg(3)). */
export interface IncomingMessage {
  readonly data: Uint8Array;
  readonly address: Uint8Array;
  readonly control: Uint8Array;
  /** The data was longer than the buffer, or the control records longer than 1024 bytes: the rest is lost. */
  readonly truncated: boolean;
}

/** How the reader thread reads a socket. */
export interface ReadingOptions {
  /** The longest data of one message in bytes, up to 1 MiB; more is cut off and marked as truncated. */
  readonly bufferSize: number;
  /** How many messages one system call takes, up to 1024. */
  readonly batch: number;
  /** How many messages may wait for JavaScript; then the kernel's receive buffer fills, and at last it drops. */
  readonly queueLimit: number;
}

/**
 * A socket of any family, close-on-exec and non-blocking. Its descriptor closes with close(), when the object is
 * collected, or when the environment ends. It keeps its network namespace. After close() every other method
 * but stopReading, ref and unref throws EBADF.
 */
export interface NativeSocket {
  /** setsockopt(2): a number is passed as a C int (0xffffffff too), bytes as they are. */
  setOption(level: number, name: number, value: number | Uint8Array): void;
  /** getsockopt(2) with room for so many bytes; returns as many as the kernel filled. */
  getOption(level: number, name: number, length: number): Uint8Array;
  /** SO_ATTACH_FILTER: a program of struct sock_filter (linux/filter.h) that replaces the one before; at once, so that nothing gets past. */
  attachFilter(program: Uint8Array): void;
  /** bind(2) to a raw sockaddr. */
  bind(address: Uint8Array): void;
  /** connect(2) to a raw sockaddr; a stream that does not connect at once throws EINPROGRESS. */
  connect(address: Uint8Array): void;
  /** getsockname(2): a raw sockaddr. */
  localAddress(): Uint8Array;
  /**
   * sendmmsg(2) with MSG_ flags. Returns how many messages were sent; throws when not even the first one was,
   * EAGAIN included. After a partial success, sending the rest tells why it stopped.
   */
  send(messages: readonly OutgoingMessage[], flags: number): number;
  /**
   * Has the reader thread send the messages at a time of the monotonic clock (copies of them), instead of those that it was given before. Once it is
   * later than latestMs, or when the machine has been suspended meanwhile, it does not send them; nor when a socket is given that is being read, and it
   * holds something by then for which onMessages has not returned. Nobody is called back.
   */
  sendAt(
    messages: readonly OutgoingMessage[],
    flags: number,
    atMs: number,
    latestMs: number,
    unlessUnread?: NativeSocket,
  ): void;
  /** What was to be sent at a time will not be sent any more. How many messages have left before, and when; undefined when none have. */
  takeBack(): { readonly at: number; readonly count: number } | undefined;
  /**
   * Waits up to timeoutMs (0: not at all) and takes what is there; [] when nothing came. Holds up the thread
   * meanwhile. Throws what the socket reports, such as ENOBUFS when netlink overran, and EBUSY while it is being read.
   */
  receive(maxMessages: number, bufferSize: number, timeoutMs: number): IncomingMessage[];
  /**
   * Lets the reader thread read the socket until stopReading() or close(). `dropped` is how many messages the
   * kernel has dropped at this socket since the last call (or the start), for want of room; 0 on kernels before 4.12.
   * After onError reading goes on, unless the peer hung up. An empty message on a stream or sequenced-packet
   * socket is the end, and the last one. Throws EALREADY when the socket is being read.
   */
  startReading(
    options: ReadingOptions,
    onMessages: (messages: IncomingMessage[], dropped: number) => void,
    onError: (error: NativeError) => void,
  ): void;
  /** Ends the reading; messages that were waiting for JavaScript are lost. Idempotent; no callback comes after it. */
  stopReading(): void;
  /** While it is being read the socket keeps the process alive. This is how it starts. */
  ref(): void;
  /** The process may end although the socket is being read. */
  unref(): void;
  /** Closes the descriptor, after a half-finished start too. Idempotent; no callback comes after it. */
  close(): void;
}

/**
 * Connects streams, any number at once. A connected stream resets its connection when it is closed (SO_LINGER), so that nothing stays in
 * TIME_WAIT. Attempts under way keep the process alive. After close() nothing is called back and start() throws EBADF.
 */
export interface NativeConnector {
  /**
   * Opens a stream and begins to connect it to a raw sockaddr; returns the number of the attempt. `keep`: its descriptor is handed
   * over when it is connected, otherwise it is closed then. `source`: a raw sockaddr to bind to; `mark`: SO_MARK; `device`: SO_BINDTODEVICE.
   * Throws what fails at once.
   */
  start(
    target: Uint8Array,
    keep: boolean,
    source: Uint8Array | undefined,
    mark: number | undefined,
    device: string | undefined,
  ): number;
  /** Ends an attempt: nothing is called back for it. Of one that is over nothing happens. */
  cancel(attempt: number): void;
  /** Ends all attempts. Idempotent. */
  close(): void;
}

/**
 * One deadline on the monotonic clock, held in the kernel and waited for by the reader thread. It never fires early.
 * An armed timer is not collected; a timer that is no longer needed should be closed.
 */
export interface NativeTimer {
  /** Sets the deadline, replacing the one before; a past one fires at once (but not within this call). */
  arm(monotonicMs: number): void;
  /** No callback comes after it until it is armed again. */
  disarm(): void;
  /** An armed timer keeps the process alive. This is how it starts. */
  ref(): void;
  /** The process may end although the timer is armed. */
  unref(): void;
  /** Idempotent; no callback comes after it, and arm throws EBADF. */
  close(): void;
}

/** Capability sets of a thread; bit n is capability n of linux/capability.h. */
export interface CapabilitySets {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}

/** socket(2), with SOCK_CLOEXEC and SOCK_NONBLOCK added to the type. */
export function openSocket(family: number, type: number, protocol: number): NativeSocket {
  return new (addon().Socket)(family, type, protocol);
}

/** A timer that is not armed yet. */
export function createTimer(onDeadline: () => void): NativeTimer {
  return new (addon().Timer)(onDeadline);
}

/** A connector. What is over comes in threes: the number of the attempt, its errno (0: connected), and its descriptor (-1: none). */
export function createConnector(onDone: (results: readonly number[]) => void): NativeConnector {
  return new (addon().Connector)(onDone);
}

/** clock_gettime(2) in milliseconds, with the fraction: boottime goes on during suspend, realtime may jump. */
export function clock(id: "monotonic" | "boottime" | "realtime"): number {
  return addon().clock(clockIds[id]);
}

/** adjtimex(2): whether a program such as an NTP client keeps the kernel's clock in time. */
export function isClockKept(): boolean {
  return addon().isClockKept();
}

/**
 * sched_setscheduler(2) for every thread of the process; later threads and children inherit it. The engine's own threads hold
 * locks that JavaScript waits for, so a process whose threads differ can stand still. The priority is 0 for "other", 1 to 99 for "fifo".
 */
export function setScheduling(policy: "other" | "fifo", priority: number): void {
  addon().setScheduling(policies[policy], priority);
}

/** setpriority(2) for every thread of the process, -20 to 19; later threads and children inherit it. It counts where the policy is "other". */
export function setNice(nice: number): void {
  addon().setNice(nice);
}

/** sched_getaffinity(2): the numbers of the processors that the calling thread may run on. */
export function processors(): readonly number[] {
  return addon().processors();
}

/** sched_setaffinity(2) for every thread of the process; later threads and children inherit it. EINVAL: none of them is there. */
export function setProcessors(numbers: readonly number[]): void {
  addon().setProcessors(numbers);
}

/** mlockall(2) for all present and future memory, each page from the moment it is first touched (MCL_ONFAULT). */
export function lockMemory(): void {
  addon().lockMemory();
}

/**
 * setns(2): the calling thread enters the network namespace of a file such as /run/netns/blue. Sockets opened before
 * stay where they are. Threads that Bun started earlier, such as the one behind fetch, are not moved.
 */
export function enterNetworkNamespace(path: string): void {
  addon().enterNetworkNamespace(path);
}

/** capget(2) of the calling thread, and its bounding set. */
export function capabilities(): CapabilitySets & { readonly bounding: bigint } {
  return addon().capabilities();
}

/**
 * capset(2) for the calling thread: threads that exist already keep what they have; new ones, and processes spawned
 * from this thread, inherit. To bind a whole process, restrict the thread that spawns it.
 */
export function setCapabilities(sets: CapabilitySets): void {
  addon().setCapabilities(sets.effective, sets.permitted, sets.inheritable);
}

/** prctl(2) PR_CAPBSET_DROP for the calling thread, with the same reach as setCapabilities. */
export function dropBoundingCapability(capability: number): void {
  addon().dropBoundingCapability(capability);
}

/** prctl(2) PR_CAP_AMBIENT: raises or lowers one capability, which must be permitted and inheritable. */
export function setAmbientCapability(capability: number, raised: boolean): void {
  addon().setAmbientCapability(capability, raised);
}

/** prctl(2) PR_SET_NO_NEW_PRIVS: nothing that this thread executes gains rights by its file. Cannot be undone. */
export function setNoNewPrivileges(): void {
  addon().setNoNewPrivileges();
}

/** prctl(2) PR_SET_PDEATHSIG: the signal (0: none) that this process gets when the thread that started it ends. */
export function setParentDeathSignal(signal: number): void {
  addon().setParentDeathSignal(signal);
}

/** prctl(2) PR_SET_NAME: what ps and top show, cut to 15 bytes. */
export function setProcessName(name: string): void {
  addon().setProcessName(name);
}

/** SO_PEERCRED of a connected unix socket's descriptor: who called connect(2), or listen(2). */
export function peerCredentials(fd: number): { readonly pid: number; readonly uid: number; readonly gid: number } {
  return addon().peerCredentials(fd);
}

/**
 * Executes a file (execve(2), no shell, no search) in a session and process group of its own, with nothing on its standard streams and in the
 * directory /. Neither real-time scheduling nor ignored signals, ambient capabilities or open files are inherited. `deathSignal` (0: none) is
 * what it gets when the thread that started it ends. Gives the process's id; the calling thread waits until the file is executed.
 */
export function startProgram(
  file: string,
  args: readonly string[],
  environment: readonly string[],
  identity: ProgramIdentity | undefined,
  deathSignal: number,
): number {
  return addon().startProgram(file, args, environment, identity, deathSignal);
}

/** execve(2): this process becomes another program under its own id; its threads, and what is close-on-exec, are gone. The arguments begin with argv[0]. */
export function becomeProgram(file: string, args: readonly string[], environment: readonly string[]): never {
  return addon().becomeProgram(file, args, environment);
}

/** waitpid(2) without waiting: how a program that was started here has ended; undefined while it runs. */
export function programEnd(process: number): { readonly code: number } | { readonly signal: number } | undefined {
  const end = addon().programEnd(process);
  if (end === undefined) return undefined;
  return end >= 256 ? { signal: end - 256 } : { code: end };
}

/** The user of this name with all its groups, as the name service knows it; undefined when there is none. May wait for a directory server. */
export function userNamed(name: string): ProgramIdentity | undefined {
  return addon().userNamed(name);
}

/** The number of the group of this name; undefined when there is none. */
export function groupNamed(name: string): number | undefined {
  return addon().groupNamed(name);
}

/**
 * From now on the handler of this signal first sends the signal `as` to the process, and then does what it did before: the other process has it even
 * while JavaScript is busy here. Something in this process must listen to the signal already (EINVAL). One process at a time, for all signals.
 * Throws ENOSYS on kernels before 5.3 (pidfd_open(2)).
 */
export function relaySignal(signal: number, pid: number, as: number): void {
  addon().relaySignal(signal, pid, as);
}

/** Signals are handed on to nobody any more. */
export function endSignalRelay(): void {
  addon().endSignalRelay();
}

/** mkfifo(3): a named pipe with exactly this mode; throws EEXIST where there is anything. */
export function makeFifo(path: string, mode: number): void {
  addon().makeFifo(path, mode);
}

/** Takes the add-on from this file instead of the embedded one; for tests with a sanitized build, before first use. */
export function useAddonFile(path: string): void {
  loaded = loadAddonFile(path) as Addon;
}

// CLOCK_ ids of linux/time.h and SCHED_ policies of linux/sched.h.
const clockIds = { realtime: 0, monotonic: 1, boottime: 7 };
const policies = { other: 0, fifo: 1 };

interface Addon {
  readonly Socket: new (family: number, type: number, protocol: number) => NativeSocket;
  readonly Connector: new (onDone: (results: readonly number[]) => void) => NativeConnector;
  readonly Timer: new (onDeadline: () => void) => NativeTimer;
  clock(id: number): number;
  setScheduling(policy: number, priority: number): void;
  setNice(nice: number): void;
  processors(): readonly number[];
  setProcessors(numbers: readonly number[]): void;
  lockMemory(): void;
  enterNetworkNamespace(path: string): void;
  capabilities(): CapabilitySets & { readonly bounding: bigint };
  setCapabilities(effective: bigint, permitted: bigint, inheritable: bigint): void;
  dropBoundingCapability(capability: number): void;
  setAmbientCapability(capability: number, raised: boolean): void;
  setNoNewPrivileges(): void;
  setParentDeathSignal(signal: number): void;
  setProcessName(name: string): void;
  startProgram(
    file: string,
    args: readonly string[],
    environment: readonly string[],
    identity: ProgramIdentity | undefined,
    deathSignal: number,
  ): number;
  becomeProgram(file: string, args: readonly string[], environment: readonly string[]): never;
  programEnd(process: number): number | undefined;
  userNamed(name: string): ProgramIdentity | undefined;
  groupNamed(name: string): number | undefined;
  isClockKept(): boolean;
  peerCredentials(fd: number): { readonly pid: number; readonly uid: number; readonly gid: number };
  makeFifo(path: string, mode: number): void;
  relaySignal(signal: number, pid: number, as: number): void;
  endSignalRelay(): void;
}

let loaded: Addon | undefined;

function addon(): Addon {
  loaded ??= loadEmbeddedAddon() as Addon;
  return loaded;
}

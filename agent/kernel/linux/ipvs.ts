// IPVS of the network namespace in which it was opened, over generic netlink. Operations travel many in one send and only the last of each send is
// acknowledged: acknowledgements cost four times what the operations do.

import { codeOf } from "../../base/errors.ts";
import type {
  Destination,
  IpvsInfo,
  IpvsOperation,
  IpvsPort,
  ObservedService,
  RefusedOperation,
  Service,
  ServiceKey,
} from "../ipvs.ts";
import { ipvsMissing, ipvsUnavailable, refused } from "../ipvs-refusal.ts";
import { errnoName } from "./errno.ts";
import { unsettled } from "./ipvs-unsettled.ts";
import { NetlinkConnection, netlinkProtocol, type Outcome } from "./netlink/connection.ts";
import { resolveFamily } from "./netlink/generic.ts";
import { familyOfKey, ipvsFamilyName } from "./netlink/ipvs-numbers.ts";
import {
  readDestination,
  readDestinationSettings,
  readInfo,
  readService,
  readServiceSettings,
} from "./netlink/ipvs-read.ts";
import { destinationsBody, infoBody, serviceBody, writeOperation } from "./netlink/ipvs-write.ts";
import type { Answer, Message } from "./netlink/message.ts";
import { NetworkNamespace } from "./network-namespace.ts";

/** How many operations travel in one send. More is hardly faster, and the refusals of one send must fit into the receive buffer. */
const operationsPerSend = 256;
/** EPERM. */
const noRights = 1;
/** ESRCH: the kernel has no such service. */
const noSuchService = 3;

/** The real IPVS. It is opened with the first question, so that a director without virtual servers needs no IPVS. */
export class LinuxIpvs implements IpvsPort {
  readonly #receiveBuffer: number | undefined;
  readonly #namespace: NetworkNamespace;
  #connection: NetlinkConnection | undefined;
  #family: number | undefined;

  /** `receiveBuffer` in bytes, for tests of what happens when it is too small. */
  constructor(options: { readonly receiveBuffer?: number; readonly namespace?: NetworkNamespace } = {}) {
    this.#receiveBuffer = options.receiveBuffer;
    this.#namespace = options.namespace ?? new NetworkNamespace();
  }

  info(): IpvsInfo {
    return this.#asking("ask", (connection, family) => {
      const [reply] = messagesOf("ask", connection.request(family, 0, infoBody()));
      const info = reply === undefined ? undefined : readInfo(reply.payload);
      if (info === undefined) throw ipvsUnavailable("ask", "EPROTO", "the kernel's answer holds no version");
      return info;
    });
  }

  observe(): readonly ObservedService[] {
    return this.#asking("read", (connection, family) => {
      const services = messagesOf("read", connection.dump(family, serviceBody()));
      return services.flatMap((message) => observedOf(connection, family, message));
    });
  }

  observeServices(): readonly Service[] {
    return this.#asking("read", (connection, family) => {
      const services = messagesOf("read", connection.dump(family, serviceBody()));
      return services.flatMap(({ payload }) => readServiceSettings(payload) ?? []);
    });
  }

  observeService(key: ServiceKey): ObservedService | undefined {
    return this.#asking("read", (connection, family) => {
      const outcome = connection.request(family, 0, serviceBody(key));
      if (outcome.kind === "refused" && outcome.answer.errno === noSuchService) return undefined;
      return messagesOf("read", outcome).flatMap((message) => observedOf(connection, family, message))[0];
    });
  }

  observeDestinations(key: ServiceKey): readonly Destination[] {
    return this.#asking("read", (connection, family) => {
      const dump = connection.dump(family, destinationsBody(key));
      if (dump.kind === "refused" && dump.answer.errno === noSuchService) return [];
      const serviceFamily = familyOfKey(key);
      return messagesOf("read", dump).flatMap(({ payload }) => readDestinationSettings(payload, serviceFamily) ?? []);
    });
  }

  apply(operations: readonly IpvsOperation[]): readonly RefusedOperation[] {
    return this.#asking("change", (connection, family) => {
      const refusals: RefusedOperation[] = [];
      for (let start = 0; start < operations.length; start += operationsPerSend) {
        refusals.push(...this.#applySome(connection, family, operations.slice(start, start + operationsPerSend)));
      }
      return refusals;
    });
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#family = undefined;
  }

  /** One send. When the answers were lost, looks at what is, and does again one by one what is not as wished: each answer then fits. */
  #applySome(connection: NetlinkConnection, family: number, operations: readonly IpvsOperation[]): RefusedOperation[] {
    const outcome = connection.batch(family, 0, operations, writeOperation);
    if (outcome.kind === "done") return refusalsOf(operations, withRights(outcome.refused));
    return unsettled(operations, this.observe()).flatMap((operation) => applyOne(connection, family, operation));
  }

  #asking<T>(operation: string, ask: (connection: NetlinkConnection, family: number) => T): T {
    try {
      this.#connection ??= this.#namespace.open(
        () => new NetlinkConnection(netlinkProtocol.generic, this.#receiveBuffer),
      );
      this.#family ??= familyNumber(this.#connection);
      return ask(this.#connection, this.#family);
    } catch (error) {
      // A module that was unloaded and loaded again has another number.
      this.#family = undefined;
      const code = codeOf(error);
      throw code === undefined ? error : ipvsUnavailable(operation, code);
    }
  }
}

function familyNumber(connection: NetlinkConnection): number {
  const family = resolveFamily(connection, ipvsFamilyName);
  if (typeof family === "number") return family;
  if (family.kind === "refused" && errnoName(family.answer.errno) === "ENOENT") throw ipvsMissing("find");
  throw unanswered("find", family);
}

function applyOne(connection: NetlinkConnection, family: number, operation: IpvsOperation): RefusedOperation[] {
  const outcome = connection.request(family, 0, (writer) => writeOperation(writer, operation));
  if (outcome.kind === "done") return [];
  if (outcome.kind === "overrun") return [refused(operation, "ENOBUFS", "the kernel's answer was lost")];
  return [refused(operation, errnoName(outcome.answer.errno), outcome.answer.text)];
}

/** Rights that are missing are missing for every operation: nothing can be asked at all. */
function withRights(answers: ReadonlyMap<number, Answer>): ReadonlyMap<number, Answer> {
  for (const { errno, text } of answers.values()) {
    if (errno === noRights) throw ipvsUnavailable("change", errnoName(errno), text);
  }
  return answers;
}

function refusalsOf(operations: readonly IpvsOperation[], answers: ReadonlyMap<number, Answer>): RefusedOperation[] {
  if (answers.size === 0) return [];
  return operations.flatMap((operation, place) => {
    const answer = answers.get(place);
    return answer === undefined ? [] : [refused(operation, errnoName(answer.errno), answer.text)];
  });
}

function observedOf(connection: NetlinkConnection, family: number, message: Message): ObservedService[] {
  const observed = readService(message.payload);
  if (observed === undefined) return [];
  const { key } = observed.service;
  const dump = connection.dump(family, destinationsBody(key));
  // The service may be gone since it was listed: then it is not there.
  if (dump.kind === "refused" && dump.answer.errno === noSuchService) return [];
  const serviceFamily = familyOfKey(key);
  const replies = messagesOf("read", dump);
  return [
    { ...observed, destinations: replies.flatMap(({ payload }) => readDestination(payload, serviceFamily) ?? []) },
  ];
}

function messagesOf(operation: string, outcome: Outcome): readonly Message[] {
  if (outcome.kind === "done") return outcome.messages;
  throw unanswered(operation, outcome);
}

function unanswered(operation: string, outcome: Exclude<Outcome, { readonly kind: "done" }>): Error {
  if (outcome.kind === "overrun")
    return ipvsUnavailable(operation, "ENOBUFS", "the kernel's answer did not fit or did not come");
  return ipvsUnavailable(operation, errnoName(outcome.answer.errno), outcome.answer.text);
}

// Whether neighbours have learnt where an address lives. A neighbour is asked by an ARP request that comes from the address itself: by RFC 826 it
// takes note of its sender before it answers, and its answer goes to the hardware address that it has taken note of. Who does not answer is
// asked again, and after that counts as one that has not learnt it. Deadlines are data.

import { addressBytes, type IpAddress, ip } from "../../../base/address.ts";
import { after, type Instant, milliseconds } from "../../../base/duration.ts";
import { arpFrame, arpOperations, broadcast } from "../packets/arp.ts";

/** A neighbour that is asked about an address. `Owner`: on whose behalf. */
export interface Question<Owner> {
  readonly owner: Owner;
  readonly address: IpAddress;
  readonly neighbour: IpAddress;
}

interface Asked<Owner> extends Question<Owner> {
  readonly tries: number;
  readonly nextAt: Instant;
}

/** How often a neighbour is asked, and how long each time it has to answer. */
const mostTries = 3;
const patience = milliseconds(1000);

/** The questions that wait for an answer. */
export class NeighbourCheck<Owner> {
  readonly #asked = new Map<string, Asked<Owner>>();

  /** From now on this is due to be asked. A question that waits already begins anew. */
  ask(question: Question<Owner>, now: Instant): void {
    this.#asked.set(keyOf(question), { ...question, tries: 0, nextAt: now });
  }

  /** The neighbour has answered. Gives the question; undefined when it was not asked. */
  answered(address: IpAddress, neighbour: IpAddress): Question<Owner> | undefined {
    const key = keyOf({ address, neighbour });
    const question = this.#asked.get(key);
    this.#asked.delete(key);
    return question;
  }

  /** Takes back what this one has asked. */
  forget(owner: Owner): void {
    for (const [key, question] of this.#asked) if (question.owner === owner) this.#asked.delete(key);
  }

  /** The neighbours that have not answered yet. */
  neighbours(): readonly IpAddress[] {
    return [...this.#asked.values()].map(({ neighbour }) => neighbour);
  }

  /** When somebody has had his time to answer; undefined when nobody is asked. */
  nextDeadline(): Instant | undefined {
    let first: Instant | undefined;
    for (const { nextAt } of this.#asked.values()) if (first === undefined || nextAt < first) first = nextAt;
    return first;
  }

  /** Who is to be asked now, for the first time or again, and who has been asked often enough. */
  due(now: Instant): { readonly again: readonly Question<Owner>[]; readonly silent: readonly Question<Owner>[] } {
    const late = [...this.#asked].filter(([, { nextAt }]) => nextAt <= now);
    const again = late.filter(([, { tries }]) => tries < mostTries);
    const silent = late.filter(([, { tries }]) => tries >= mostTries);
    for (const [key, question] of again)
      this.#asked.set(key, { ...question, tries: question.tries + 1, nextAt: after(now, patience) });
    for (const [key] of silent) this.#asked.delete(key);
    return { again: again.map(([, question]) => question), silent: silent.map(([, question]) => question) };
  }
}

/** The frame that asks: everybody hears that the address is here, and the neighbour answers. */
export function questionFrame(hardwareAddress: Uint8Array, address: IpAddress, neighbour: IpAddress): Uint8Array {
  return arpFrame(broadcast, {
    operation: arpOperations.request,
    senderHardware: hardwareAddress,
    sender: addressBytes(address),
    targetHardware: new Uint8Array(6),
    target: addressBytes(neighbour),
  });
}

/** The frame that asks whether somebody else has the address, without saying that it is ours (RFC 5227, section 2.1.1). */
export function probeFrame(hardwareAddress: Uint8Array, address: IpAddress): Uint8Array {
  return questionFrame(hardwareAddress, nobody, address);
}

const nobody = ip("0.0.0.0");

function keyOf({ address, neighbour }: Pick<Question<unknown>, "address" | "neighbour">): string {
  return `${address} ${neighbour}`;
}

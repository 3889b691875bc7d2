// Limits of each identity: how often it may call, and how many calls of it may go on at once. One client that runs wild harms no other.

/** How much each identity may do. */
export interface CallLimits {
  readonly callsPerSecond: number;
  /** Calls that may come at once after a quiet time. */
  readonly burst: number;
  readonly concurrentCalls: number;
  /** Of these, calls that carry a configuration: each may hold tens of megabytes. */
  readonly largeCalls: number;
}

/** More than a fleet controller with a thousand watches needs. */
export const defaultLimits: CallLimits = { callsPerSecond: 500, burst: 2000, concurrentCalls: 2000, largeCalls: 8 };

interface Account {
  tokens: number;
  at: number;
  going: number;
  large: number;
}

const largeCalls = ["ValidateConfig", "PlanConfig", "ApplyConfig", "PrepareConfig", "UploadConfig"];

/** Whether a call carries a configuration. */
export function isLarge(path: string): boolean {
  return largeCalls.some((name) => path === `/vipward.v1.ConfigService/${name}`);
}

/** Why a call is not let in. */
export type LimitExceeded = { readonly limit: "rate" | "concurrency"; readonly retryMs: number };

/** The accounts of everybody who calls. */
export class CallAccounts {
  readonly #limits: CallLimits;
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: CallLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Lets a call in, or says why not. One that was let in is to be ended with `end`. */
  begin(identity: string, large = false): LimitExceeded | undefined {
    const account = this.#refilled(identity);
    const { callsPerSecond, concurrentCalls, largeCalls: mostLarge } = this.#limits;
    if (account.going >= concurrentCalls || (large && account.large >= mostLarge))
      return { limit: "concurrency", retryMs: 1000 };
    if (account.tokens < 1) return { limit: "rate", retryMs: Math.ceil(1000 / callsPerSecond) };
    account.tokens -= 1;
    account.going += 1;
    account.large += Number(large);
    return undefined;
  }

  end(identity: string, large = false): void {
    const account = this.#accounts.get(identity);
    if (account === undefined) return;
    account.going -= 1;
    account.large -= Number(large);
    // Whoever has nothing going on and a full account is like somebody who never called.
    if (account.going === 0 && this.#refilled(identity).tokens >= this.#limits.burst) this.#accounts.delete(identity);
  }

  #refilled(identity: string): Account {
    const { callsPerSecond, burst } = this.#limits;
    const now = this.#now();
    const account = this.#accounts.get(identity) ?? { tokens: burst, at: now, going: 0, large: 0 };
    account.tokens = Math.min(burst, account.tokens + ((now - account.at) / 1000) * callsPerSecond);
    account.at = now;
    this.#accounts.set(identity, account);
    return account;
  }
}

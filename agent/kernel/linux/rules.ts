// Our routing policy rules in the network namespace in which it was opened, over route netlink.

import { formatRule, isSameRule, type Rule, type RulesPort } from "../rules.ts";
import { asking, failureOf } from "./asking.ts";
import { NetlinkConnection, netlinkProtocol } from "./netlink/connection.ts";
import { requestFlag } from "./netlink/message.ts";
import { readRule, ruleBody, ruleGroups, ruleMessage, rulesBody } from "./netlink/rtm-rule.ts";
import { withoutRealms } from "./realms.ts";
import { watchGroups } from "./route-watch.ts";

const families = ["ipv4", "ipv6"] as const;

/** The real rules. Opening throws an OperationError when the kernel refuses. */
export class LinuxRules implements RulesPort {
  readonly #connection = asking("open route netlink", "rules", () => new NetlinkConnection(netlinkProtocol.route));

  ours(): readonly Rule[] {
    return families.flatMap((family) => {
      const outcome = asking("list rules", family, () => this.#connection.dump(ruleMessage.getRule, rulesBody(family)));
      // A kernel without IPv6 or without policy routing has no rules.
      if (outcome.kind === "refused") return [];
      if (outcome.kind !== "done") throw failureOf("list rules", family, outcome);
      return outcome.messages.flatMap((message) => readRule(message) ?? []);
    });
  }

  put(rule: Rule): void {
    this.#change("add rule", rule, ruleMessage.newRule, requestFlag.create | requestFlag.exclusive, ["EEXIST"]);
    if (rule.realm !== undefined) this.#verify(rule);
  }

  /** A kernel without realms leaves them out without a word. */
  #verify(rule: Rule): void {
    if (this.ours().some((found) => isSameRule(rule, found))) return;
    const { realm: _, ...left } = rule;
    this.remove(left);
    throw withoutRealms("add rule", formatRule(rule));
  }

  remove(rule: Rule): void {
    this.#change("remove rule", rule, ruleMessage.removeRule, 0, ["ENOENT"]);
  }

  watch(onLoss: () => void): { close(): void } {
    const type = ruleMessage.removeRule;
    const concerns = (message: Parameters<typeof readRule>[0]) =>
      message.type === type && readRule(message) !== undefined;
    return watchGroups({ object: "rules", groups: ruleGroups, type, concerns }, onLoss);
  }

  close(): void {
    this.#connection.close();
  }

  #change(operation: string, rule: Rule, type: number, flags: number, isDone: readonly string[]): void {
    const object = formatRule(rule);
    const outcome = asking(operation, object, () => this.#connection.request(type, flags, ruleBody(rule)));
    if (outcome.kind === "done") return;
    const failure = failureOf(operation, object, outcome);
    if (!isDone.includes(failure.failure.cause.code)) throw failure;
  }
}

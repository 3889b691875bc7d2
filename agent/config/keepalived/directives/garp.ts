import { type Directive, numberOf, takeArguments } from "../directive.ts";
import { type Draft, setField } from "../draft.ts";

/** A keyword about gratuitous ARP: one value of the instance's gratuitousArp object. */
export function garp(key: "delay" | "repeat" | "refresh" | "refreshRepeat"): Directive {
  return (statement, instance, run) => {
    const [word] = takeArguments(statement, run, 1, 1);
    if (word === undefined) return;
    instance.gratuitousArp ??= {};
    setField(run, instance.gratuitousArp as Draft, key, numberOf(word), statement);
  };
}

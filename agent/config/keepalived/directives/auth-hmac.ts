import { type Block, choice, type Directive, number, numberOf, takeArguments, text } from "../directive.ts";
import { addElement, type Draft, remember, setField } from "../draft.ts";
import { lowerInner } from "../walk.ts";

/** `auth_hmac { key N hex:…|file:…|TEXT  active_key N  anti_replay …  time_window …  mode … }` */
export const authHmac: Directive = (statement, instance, run) => {
  const settings: Draft = {};
  setField(run, instance, "authHmac", settings, statement);
  remember(run, settings, "", statement);
  lowerInner(block, statement, settings, run);
};

const key: Directive = (statement, settings, run) => {
  const [id, word] = takeArguments(statement, run, 2, 2);
  if (id === undefined || word === undefined) return;
  const file = /^file:(.*)$/.exec(word.text)?.[1];
  const draft: Draft = { id: numberOf(id), ...(file === undefined ? { key: word.text } : { file }) };
  addElement(run, settings, "keys", draft, statement);
};

const block: Block = {
  name: "auth_hmac",
  directives: {
    key,
    active_key: number("activeKey"),
    anti_replay: choice("antiReplay", { time: "time", monotonic: "monotonic" }),
    time_window: text("timeWindow"),
    mode: choice("mode", { enforce: "enforce", permissive: "permissive", "receive-only": "receive-only" }),
  },
};

import { type Block, type Directive, takeArguments } from "../directive.ts";
import { complain, type Draft, remember, setField } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";

/** `authentication { auth_type PASS|AH  auth_pass TEXT }` */
export const authentication: Directive = (statement, instance, run) => {
  const settings: Draft = {};
  setField(run, instance, "authentication", settings, statement);
  remember(run, settings, "", statement);
  lowerInner(block, statement, settings, run);
  if (settings.type !== undefined || settings.password === undefined || statement.block?.some(isType)) return;
  delete instance.authentication;
  complain(run, "warning", statement, "auth_pass without auth_type: there is no authentication", {
    expected: "auth_type PASS or auth_type AH",
    keepalived: "has none, too",
  });
};

const isType = ({ text }: Statement) => text === "auth_type";

const authType: Directive = (statement, settings, run) => {
  const [word] = takeArguments(statement, run, 1, 1);
  if (word === undefined) return;
  if (word.text === "PASS" || word.text === "AH")
    return setField(run, settings, "type", word.text.toLowerCase(), statement);
  complain(run, "error", word, "this type is not known", { expected: "PASS or AH", secret: true });
};

/** The field is eight bytes long (RFC 2338, section 5.3.6); keepalived uses the first eight characters. */
const authPass: Directive = (statement, settings, run) => {
  const [word] = takeArguments(statement, run, 1, 1);
  if (word === undefined) return;
  if (word.text.length > 8)
    complain(run, "warning", statement, "the password is longer than 8 characters: the first 8 are used", {
      secret: true,
    });
  setField(run, settings, "password", word.text.slice(0, 8), statement);
};

const block: Block = { name: "authentication", directives: { auth_type: authType, auth_pass: authPass } };

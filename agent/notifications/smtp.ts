// The mail server, by nodemailer. The library is loaded when the first mail is sent: most directors send none.

import { hostname } from "node:os";
import { messageOf } from "../base/errors.ts";
import type { MailModel } from "../config/model.ts";
import { readLoginPassword } from "../secrets/secret-file.ts";
import type { Mail, MailOutcome, MailServer } from "./ports.ts";

/** Opens nothing yet: each mail has its own connection, as they are rare and servers do not like to be kept waiting. */
export function smtpServer(model: MailModel): MailServer {
  return { send: (mail) => send(model, mail), close: () => {} };
}

async function send(model: MailModel, { subject, text, id, at }: Mail): Promise<MailOutcome> {
  let password: string | undefined;
  try {
    password = passwordOf(model);
  } catch (thrown) {
    return outcomeOf(thrown, model, undefined);
  }
  const transport = await transportTo(model, password);
  try {
    await transport.sendMail({
      from: model.from ?? `vipward@${hostname()}`,
      to: [...model.to],
      date: new Date(at),
      messageId: `<${id}@${hostname()}>`,
      xMailer: "vipward",
      subject,
      text,
    });
    return { kind: "sent" };
  } catch (thrown) {
    return outcomeOf(thrown, model, password);
  } finally {
    transport.close();
  }
}

/** What nodemailer's createTransport makes, of the two parts that speak SMTP (decision 10). */
async function transportTo(model: MailModel, password: string | undefined) {
  const [{ default: Mailer }, { default: SmtpTransport }] = await Promise.all([
    import("nodemailer/lib/mailer"),
    import("nodemailer/lib/smtp-transport"),
  ]);
  const settings = transportOf(model, password);
  return new Mailer(new SmtpTransport(settings), settings, {});
}

/** Read anew for each mail, so that a changed file counts at once. */
function passwordOf({ password, passwordFile }: MailModel): string | undefined {
  return passwordFile === undefined ? password : readLoginPassword(passwordFile);
}

/** The settings of nodemailer. Opportunistic TLS takes any certificate: it protects from listeners, not from impostors (RFC 7435). */
function transportOf(model: MailModel, password: string | undefined) {
  const { server: host, port, encryption, user, heloName: name, timeout } = model;
  return {
    host,
    port,
    secure: encryption === "tls",
    ignoreTLS: encryption === "none",
    requireTLS: encryption === "starttls",
    tls: { rejectUnauthorized: encryption !== "opportunistic" },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    ...(name !== undefined && { name }),
    ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
  };
}

/** A code of 500 and more is for good (RFC 5321, section 4.2.1); everything else may pass. */
function outcomeOf(thrown: unknown, { server, port }: MailModel, password: string | undefined): MailOutcome {
  const { responseCode } = thrown as { readonly responseCode?: number };
  const message = messageOf(thrown);
  const shown = password === undefined ? message : message.replaceAll(password, "…");
  const kind = responseCode !== undefined && responseCode >= 500 ? "refused" : "unreachable";
  return { kind, reason: `${server}:${port}: ${shown}` };
}

import type { Command } from "commander";
import { durationOf } from "../../control/convert/time.ts";
import type {
  CancelCertificateResponse,
  Certificate,
  ConfirmCertificateResponse,
  GetCertificateResponse,
  RotateCertificateResponse,
} from "../../control/gen/vipward/v1/certificate_service.pb.ts";
import { type AgentClients, addTargetOptions, answerOf, withAgent } from "../client.ts";
import type { Io } from "../io.ts";
import { time } from "../override-options.ts";
import type { TargetWords } from "../target-words.ts";
import { until } from "../words.ts";

interface RotateWords extends TargetWords {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
  readonly trial: number;
}

/** `vipward certificate`: shows and rotates the certificate that the API shows over TCP. */
export function addCertificateCommand(program: Command, io: Io): void {
  const command = program
    .command("certificate")
    .description("show and rotate the certificate that the API shows over TCP")
    .addHelpText(
      "after",
      "\nExample:\n  vipward certificate rotate --cert new.crt --key new.key --target lb1:7443 --tls-cert …",
    );
  const add = (name: string, description: string, isDefault = false) =>
    addTargetOptions(command.command(name, { isDefault }).description(description));
  add("show", "show what is used, and what is on trial", true).action((words: TargetWords) =>
    withAgent(words, (clients) => show(clients, io)),
  );
  add("rotate", "serve another one on trial; over TCP it is confirmed by connecting anew, otherwise with confirm")
    .requiredOption("--cert <file>", "the certificate with what leads to its authority, PEM")
    .requiredOption("--key <file>", "its key, PEM")
    .option("--client-ca <file>", "other authorities of clients, PEM")
    .option("--trial <time>", "how long it is on trial", time, 60_000)
    .action((words: RotateWords) => rotate(words, io));
  add("confirm", "let the one on trial stay; over TCP only").action((words: TargetWords) => confirm(words, io));
  add("cancel", "have the one before back at once").action((words: TargetWords) =>
    withAgent(words, async (clients) => {
      const { current } = await answerOf<CancelCertificateResponse>(clients, (callback) =>
        clients.certificate.cancelCertificate({}, callback),
      );
      io.out(`back: ${text(current, io)}`);
    }),
  );
}

async function show(clients: AgentClients, io: Io): Promise<void> {
  const { current, trial } = await answerOf<GetCertificateResponse>(clients, (callback) =>
    clients.certificate.getCertificate({}, callback),
  );
  io.out(text(current, io));
  if (trial !== undefined)
    io.out(`on trial for ${until(io.now(), trial.expireTime)}: ${trial.names} ${trial.fingerprint}\n`);
}

async function rotate(words: RotateWords, io: Io): Promise<void> {
  const [certificate, privateKey, clientAuthorities] = await Promise.all(
    [words.cert, words.key, words.clientCa].map(async (path) =>
      Buffer.from(path === undefined ? "" : await io.readFile(path)),
    ),
  );
  const request = {
    certificate: certificate ?? Buffer.alloc(0),
    privateKey: privateKey ?? Buffer.alloc(0),
    clientAuthorities: clientAuthorities ?? Buffer.alloc(0),
    trial: durationOf(words.trial),
  };
  const { trial } = await withAgent(words, (clients) =>
    answerOf<RotateCertificateResponse>(clients, (callback) =>
      clients.certificate.rotateCertificate(request, callback),
    ),
  );
  io.out(`on trial for ${until(io.now(), trial?.expireTime)}: ${trial?.names}\n`);
  if (words.tlsCert !== undefined) return confirm(words, io);
  io.out("confirm it over TCP: vipward certificate confirm --target HOST:PORT …\n");
}

/** Over a connection of its own, which is made with what the agent serves now. */
function confirm(words: TargetWords, io: Io): Promise<void> {
  return withAgent(words, async (clients) => {
    const { current } = await answerOf<ConfirmCertificateResponse>(clients, (callback) =>
      clients.certificate.confirmCertificate({}, callback),
    );
    io.out(`stays: ${text(current, io)}`);
  });
}

function text(certificate: Certificate | undefined, io: Io): string {
  if (certificate === undefined) return "none\n";
  return `${certificate.file} ${certificate.names}, ends in ${until(io.now(), certificate.notAfter)}\n`;
}

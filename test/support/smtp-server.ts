/** A mail server for tests: ESMTP with STARTTLS, TLS from the first byte and AUTH (PLAIN, LOGIN), on loopback. It keeps what it gets. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";

/** A mail as the server got it. */
export interface ReceivedMail {
  readonly helo: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly data: string;
  /** Whether the connection was encrypted, and who had logged in. */
  readonly encrypted: boolean;
  readonly user: string | undefined;
}

/** What a server is like. */
export interface SmtpServerOptions {
  /** Key and certificate in PEM: it offers STARTTLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** TLS from the first byte. */
  readonly implicit?: boolean;
  /** Who may log in; then nobody else may send. */
  readonly login?: { readonly user: string; readonly password: string };
}

export class SmtpServer implements AsyncDisposable {
  readonly mails: ReceivedMail[] = [];
  /** The answer to every RCPT from now on, instead of 250. */
  refusal: string | undefined;
  readonly #options: SmtpServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: SmtpServerOptions) {
    this.#options = options;
    const serve = (socket: Socket) => this.#serve(socket);
    this.#server = options.implicit ? createTlsServer({ ...options.tls }, serve) : createServer(serve);
  }

  static async start(options: SmtpServerOptions = {}, port = 0): Promise<SmtpServer> {
    const made = new SmtpServer(options);
    await new Promise<void>((resolve) => made.#server.listen(port, "127.0.0.1", resolve));
    return made;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    new Conversation(socket, this.#options, this.#options.implicit === true, {
      onMail: (mail) => this.mails.push(mail),
      refusal: () => this.refusal,
    }).begin("220 test ESMTP");
  }
}

interface Judge {
  onMail(mail: ReceivedMail): void;
  refusal(): string | undefined;
}

/** One connection: a line of the client's, an answer of ours. */
class Conversation {
  #socket: Socket;
  readonly #options: SmtpServerOptions;
  readonly #judge: Judge;
  #encrypted: boolean;
  #partial = "";
  #helo = "";
  #from = "";
  #to: string[] = [];
  #user: string | undefined;
  #data: string[] | undefined;
  #loginName: string | undefined;
  #expectsLogin = false;

  constructor(socket: Socket, options: SmtpServerOptions, encrypted: boolean, judge: Judge) {
    this.#socket = socket;
    this.#options = options;
    this.#encrypted = encrypted;
    this.#judge = judge;
  }

  begin(greeting: string): void {
    this.#listen(this.#socket);
    this.#say(greeting);
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (text: string) => {
      const lines = (this.#partial + text).split("\r\n");
      this.#partial = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    });
  }

  #say(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  #take(line: string): void {
    if (this.#data !== undefined) return this.#takeData(line);
    if (this.#expectsLogin) return this.#takeLogin(line);
    const [verb = "", ...rest] = line.split(" ");
    switch (verb.toUpperCase()) {
      case "EHLO":
        this.#helo = rest.join(" ");
        return this.#say("250-test", ...this.#offers(), "250 8BITMIME");
      case "HELO":
        this.#helo = rest.join(" ");
        return this.#say("250 test");
      case "STARTTLS":
        return this.#encrypt();
      case "AUTH":
        return this.#authenticate(rest);
      case "MAIL":
        if (this.#options.login !== undefined && this.#user === undefined) return this.#say("530 log in first");
        this.#from = /<(.*?)>/.exec(line)?.[1] ?? "";
        this.#to = [];
        return this.#say("250 ok");
      case "RCPT":
        this.#to.push(/<(.*?)>/.exec(line)?.[1] ?? "");
        return this.#say(this.#judge.refusal() ?? "250 ok");
      case "DATA":
        this.#data = [];
        return this.#say("354 go on");
      case "QUIT":
        this.#say("221 bye");
        this.#socket.end();
        return;
      default:
        return this.#say(verb.toUpperCase() === "RSET" ? "250 ok" : "502 not known");
    }
  }

  #offers(): string[] {
    const { tls, login } = this.#options;
    return [
      ...(tls !== undefined && !this.#encrypted ? ["250-STARTTLS"] : []),
      ...(login !== undefined ? ["250-AUTH PLAIN LOGIN"] : []),
    ];
  }

  #encrypt(): void {
    const { tls } = this.#options;
    if (tls === undefined) return this.#say("502 not here");
    this.#say("220 go on");
    const plain = this.#socket;
    plain.removeAllListeners("data");
    this.#encrypted = true;
    this.#listen(new TLSSocket(plain, { isServer: true, ...tls }));
  }

  #authenticate([method = "", initial = ""]: readonly string[]): void {
    if (method.toUpperCase() === "PLAIN") {
      const [, user = "", password = ""] = Buffer.from(initial, "base64").toString().split("\0");
      return this.#judgeLogin(user, password);
    }
    this.#expectsLogin = true;
    this.#loginName = undefined;
    this.#say("334 VXNlcm5hbWU6");
  }

  #takeLogin(line: string): void {
    const word = Buffer.from(line, "base64").toString();
    if (this.#loginName === undefined) {
      this.#loginName = word;
      return this.#say("334 UGFzc3dvcmQ6");
    }
    this.#expectsLogin = false;
    this.#judgeLogin(this.#loginName, word);
  }

  #judgeLogin(user: string, password: string): void {
    const { login } = this.#options;
    if (login === undefined || user !== login.user || password !== login.password) return this.#say("535 who are you");
    this.#user = user;
    this.#say("235 welcome");
  }

  #takeData(line: string): void {
    if (line !== ".") {
      this.#data?.push(line.replace(/^\.\./, "."));
      return;
    }
    const data = (this.#data ?? []).join("\n");
    this.#data = undefined;
    const connection = { helo: this.#helo, encrypted: this.#encrypted, user: this.#user };
    this.#judge.onMail({ ...connection, from: this.#from, to: this.#to, data });
    this.#say("250 taken");
  }
}

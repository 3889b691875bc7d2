import type { ForwardingPaths } from "../../kernel/forwarding-path.ts";
import type { ProbeSockets } from "../../kernel/probe-sockets.ts";
import type { ProgramsPort } from "../../kernel/programs.ts";
import { agentProbe } from "./agent.ts";
import { bfdProbe, noSessions } from "./bfd.ts";
import { DescriptorBudget, openFileLimit } from "./descriptor-budget.ts";
import { dnsProbe } from "./dns.ts";
import { fileProbe } from "./file.ts";
import { grpcProbe } from "./grpc.ts";
import { httpProbe } from "./http.ts";
import { mysqlProbe } from "./mysql.ts";
import { pingProbe } from "./ping.ts";
import { postgresqlProbe } from "./postgresql.ts";
import type { Probes } from "./probe.ts";
import { redisProbe } from "./redis.ts";
import { scriptProbe } from "./script.ts";
import { smtpProbe } from "./smtp.ts";
import { tcpProbe } from "./tcp.ts";
import { tlsProbe } from "./tls.ts";
import { udpProbe } from "./udp.ts";

/** The probes of this host: over its network, sharing the descriptors that the process may open, by its programs and files, and by what
 * is known of BFD sessions. */
export function hostProbes(
  sockets: ProbeSockets,
  programs: ProgramsPort,
  openFiles = openFileLimit(),
  sessions = noSessions,
  paths = noPaths,
): Probes {
  const parts = { sockets, descriptors: new DescriptorBudget(openFiles), paths };
  return {
    tcp: tcpProbe(parts),
    http: httpProbe(parts),
    udp: udpProbe(parts),
    ping: pingProbe(parts),
    dns: dnsProbe(parts),
    smtp: smtpProbe(parts),
    tls: tlsProbe(parts),
    grpc: grpcProbe(parts),
    redis: redisProbe(parts),
    postgresql: postgresqlProbe(parts),
    mysql: mysqlProbe(parts),
    agent: agentProbe(parts),
    script: scriptProbe(programs),
    file: fileProbe,
    bfd: bfdProbe(sessions),
  };
}

/** For whoever probes nothing by the forwarding path. */
const noPaths: ForwardingPaths = {
  open: () => {
    throw new Error("there is no way to real servers here");
  },
};

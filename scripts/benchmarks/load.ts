/**
 * Keeps a director's control process busy until it is ended: has it validate a configuration of 10 MB again and again, and calls it 1,000
 * times a second meanwhile.
 *
 *   load.ts SOCKET
 *
 * Once a second a line to stderr says how much it came to.
 */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AgentServiceClient } from "../../agent/control/gen/vipward/v1/agent_service.pb.ts";
import { Config, Protocol } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import { ConfigServiceClient, ValidateConfigRequest } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";

const target = `unix:${process.argv[2]}`;
const options = { "grpc.max_send_message_length": 32e6, "grpc.max_receive_message_length": 32e6 };
const config = new ConfigServiceClient(target, credentials.createInsecure(), options);
const agent = new AgentServiceClient(target, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
const request = ValidateConfigRequest.fromPartial({ config: largeConfig(10e6) });
let validated = 0;
let answered = 0;
let failed = 0;

validateForEver();
setInterval(() => {
  for (let call = 0; call < 10; call++)
    agent.getInfo({}, (error) => {
      if (error === null) answered++;
      else failed++;
    });
}, 10);
setInterval(() => {
  console.error(`# load: ${validated} configurations validated, ${answered} calls answered, ${failed} failed`);
}, 1000);

function validateForEver(): void {
  config.validateConfig(request, (error: ServiceError | null) => {
    if (error === null) validated++;
    else failed++;
    setTimeout(validateForEver, error === null ? 0 : 100);
  });
}

/** About as many bytes on the wire, in virtual servers with ten real servers each. */
function largeConfig(bytes: number): Config {
  const virtualServers = [];
  let config = Config.fromPartial({});
  for (let size = 0, i = 0; size < bytes; i++) {
    virtualServers.push({
      address: `10.${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
      port: 80,
      protocol: Protocol.PROTOCOL_TCP,
      scheduler: "wlc",
      realServers: Array.from({ length: 10 }, (_, j) => ({
        address: `10.40.${j}.${i & 255}`,
        port: 8000 + (i >> 8),
        weight: 1,
      })),
    });
    if (i % 1000 !== 999) continue;
    config = Config.fromPartial({ virtualServers });
    size = Config.encode(config).finish().length;
  }
  return config;
}

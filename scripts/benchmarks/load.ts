/**
 * Keeps a director's control process busy until it is ended: has it validate a configuration of 10 MB again and again, and calls it 1,000
 * times a second meanwhile.
 *
 *   load.ts SOCKET [plan]     plan: has it plan the configuration instead, by which its checkers process is busy, too
 *
 * Once a second a line to stderr says how much it came to.
 */
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AgentServiceClient } from "../../agent/control/gen/vipward/v1/agent_service.pb.ts";
import {
  ConfigServiceClient,
  PlanConfigRequest,
  ValidateConfigRequest,
} from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { largeConfig } from "./large-config.ts";

const target = `unix:${process.argv[2]}`;
const options = { "grpc.max_send_message_length": 32e6, "grpc.max_receive_message_length": 32e6 };
const config = new ConfigServiceClient(target, credentials.createInsecure(), options);
const agent = new AgentServiceClient(target, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
const large = { config: largeConfig(10e6) };
const [validation, plan] = [ValidateConfigRequest.fromPartial(large), PlanConfigRequest.fromPartial(large)];
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
  console.error(`# load: ${validated} configurations looked at, ${answered} calls answered, ${failed} failed`);
}, 1000);

function validateForEver(): void {
  const done = (error: ServiceError | null) => {
    if (error === null) validated++;
    else failed++;
    setTimeout(validateForEver, error === null ? 0 : 100);
  };
  if (process.argv[3] === "plan") config.planConfig(plan, done);
  else config.validateConfig(validation, done);
}

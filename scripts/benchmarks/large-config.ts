/** A configuration as large as is wanted. */
import { Config, Protocol } from "../../agent/control/gen/vipward/v1/config.pb.ts";

/** About as many bytes on the wire, in virtual servers with ten real servers each. */
export function largeConfig(bytes: number): Config {
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

import { expect, test } from "bun:test";
import { loadText } from "../load.ts";
import { renderYaml } from "../render.ts";

const conf = `# The pair in the front
! maintained by ops
global_defs {
  router_id lb1 # the first
}
# web
vrrp_instance VI_1 {
  interface eth0
  # unique in the building
  virtual_router_id 51
  priority 150   ! higher
  advert_int 1 # default
  virtual_ipaddress {
    # main address
    10.9.0.100/24
    10.9.0.101/24 # second
  }
}
virtual_server 10.9.0.100 80 {
  protocol TCP # http
  # first server
  real_server 10.9.0.11 80 {
    weight 3 # big
    TCP_CHECK {
      connect_timeout 3
    }
  }
}
# the end
`;

test("comments come along to what they are about, and change nothing", () => {
  const { settings, comments } = loadText(conf, { file: "k.conf" });
  if (settings === undefined) throw new Error("the example is wrong");
  const yaml = renderYaml(settings, comments?.());
  expect(yaml).toMatchInlineSnapshot(`
    "# The pair in the front
    director:
      # maintained by ops
      name: lb1 # the first
    vrrp_instances:
      # web
      # advert_int 1: default
      - name: VI_1
        interface: eth0
        # unique in the building
        virtual_router_id: 51
        priority: 150 # higher
        virtual_addresses:
          # main address
          - 10.9.0.100/24
          - 10.9.0.101/24 # second
    virtual_servers:
      - address: 10.9.0.100
        port: 80
        protocol: tcp # http
        real_servers:
          # first server
          - address: 10.9.0.11
            port: 80
            weight: 3 # big
            checkers:
              - tcp:
                  timeout: 3s

    # the end
    "
  `);
  expect(loadText(yaml, { file: "k.yaml" }).settings).toEqual(settings);
});

// Documents with camelCase keys, as the API makes them. Builders mention only what matters to the test.

/** A web service on 10.9.0.100:80 with one real server, and the VRRP instance that holds its address. */
export function webDocument(
  change: { readonly priority?: number; readonly weight?: number; readonly realServers?: readonly object[] } = {},
) {
  return {
    vrrpInstances: [
      {
        name: "web",
        interface: "eth0",
        virtualRouterId: 51,
        priority: change.priority ?? 150,
        authentication: { type: "pass", password: "s3cret" },
        virtualAddresses: ["10.9.0.100/24"],
      },
    ],
    virtualServers: [
      {
        address: "10.9.0.100",
        port: 80,
        protocol: "tcp",
        scheduler: "wrr",
        realServers: change.realServers ?? [
          { address: "10.9.0.11", weight: change.weight ?? 10, checkers: [{ tcp: {} }] },
        ],
      },
    ],
  };
}

/** The same, by a client that does not have the password. */
export function webDocumentWithoutPassword(priority: number) {
  const document = webDocument({ priority });
  return {
    ...document,
    vrrpInstances: document.vrrpInstances.map((instance) => ({ ...instance, authentication: { type: "pass" } })),
  };
}

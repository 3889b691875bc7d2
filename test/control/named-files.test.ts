// Files of the director that configurations name: whoever may write configurations does not read or write the director's files by it.

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Access, Role } from "../../agent/control/access/policy.ts";
import { ConfigServiceClient } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { answer, applyRequest, refusal, wireConfig } from "./client.ts";
import { webDocument } from "./documents.ts";
import { fleet, Secured } from "./secured.ts";

test("a config-writer names files only where they may be, an admin anywhere", async () => {
  const root = mkdtempSync(join(tmpdir(), "vipward-files-"));
  const allowed = join(root, "secrets");
  mkdirSync(allowed);
  for (const file of ["outside", "secrets/inside"]) writeFileSync(join(root, file), "s3cret\n", { mode: 0o600 });
  symlinkSync(join(root, "outside"), join(allowed, "link"));
  const access: Access = { ...fleet, files: [allowed] };
  await using secured = await Secured.start({ current: () => access });
  const clients: ConfigServiceClient[] = [];
  const pushing = (role: Role) => {
    const files = secured.authority.issue(`URI:spiffe://test/${role}`);
    const client = new ConfigServiceClient(secured.address, secured.credentials(files));
    clients.push(client);
    return (change: object) =>
      answer((callback) =>
        client.applyConfig(applyRequest({ config: wireConfig({ ...webDocument(), ...change }) }), callback),
      );
  };
  const secretIn = (file: string) => {
    const [instance] = webDocument().vrrpInstances;
    return { vrrpInstances: [{ ...instance, authentication: { type: "pass", passwordFile: file } }] };
  };
  const [write, administer] = [pushing("config-writer"), pushing("admin")];
  const denied = (fields: string) => ({
    code: "PERMISSION_DENIED",
    ErrorInfo: { reason: "FILE_NOT_PERMITTED", metadata: { fields } },
  });

  const secret = denied("vrrp_instances[0].authentication.password_file");
  for (const file of ["outside", "secrets/link", "secrets/../outside"])
    expect(await refusal(write(secretIn(join(root, file))))).toMatchObject(secret);
  const fifo = { notifications: { fifos: [{ path: "/etc/cron.d/pipe" }] } };
  expect(await refusal(write(fifo))).toMatchObject(denied("notifications.fifos[0].path"));
  const made = { name: "made", file: "/etc/passwd", initialValue: 0, overwrite: true };
  expect(await refusal(write({ trackedFiles: [made] }))).toMatchObject(denied("tracked_files[0].file"));
  expect(secured.agent.store.running()).toBeUndefined();

  await write(secretIn(join(allowed, "inside")));
  await administer(secretIn(join(root, "outside")));
  // What runs may stay.
  await write({ ...secretIn(join(root, "outside")), virtualServers: [] });
  for (const client of clients) client.close();
  rmSync(root, { recursive: true });
});

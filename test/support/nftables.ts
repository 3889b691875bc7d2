// Whether the kernel under the tests has nftables. That of Debian's user-mode-linux has none, though its nft lists none without an error.

/** Whether this is the lab's guest with Debian's kernel. */
export const isDebianLab = process.env.VIPWARD_LAB?.startsWith("6.1") === true;

/** Why tests of nftables cannot run here; undefined where they can. */
export const whyNoNftables: string | undefined =
  !isDebianLab && Bun.which("nft") !== null && Bun.spawnSync(["nft", "list", "tables"]).exitCode === 0
    ? undefined
    : "there is no nftables; run it with scripts/lab/run";

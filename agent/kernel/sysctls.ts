// The port to the kernel's network settings (/proc/sys/net), by their path below it: "ipv4/conf/eth0/arp_ignore".

/** The settings of one network namespace. */
export interface SysctlsPort {
  /** The value as the kernel shows it; undefined when there is no such setting, as when the interface is gone. */
  read(path: string): string | undefined;
  /** Throws an OperationError when the kernel refuses. */
  write(path: string, value: string): void;
}

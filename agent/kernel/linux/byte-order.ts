/** Whether this machine keeps the low byte first. Netlink headers and numbers are in host order, whatever that is. */
export const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

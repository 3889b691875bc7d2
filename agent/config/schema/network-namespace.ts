import { pattern } from "./scalar.ts";

/** The name of a network namespace: a file below /run/netns. */
export const networkNamespace = () =>
  pattern(/^(?!\.{1,2}$)[^/\s\p{Cc}]{1,255}$/u, "the name of a namespace, as ip netns lists it").optional();

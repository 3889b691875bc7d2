// The clock, the disk, the certificates, and what this machine has to say of the configuration.

import type { Check } from "./finding.ts";

/** Nobody built an agent before that: a clock that is earlier was never set. */
const longAgo = Date.UTC(2024, 0, 1);

/** Certificates, event times and the replay window of auth_hmac need a clock that is right. */
export const clock: Check = ({ now, isClockKept }) => {
  if (now < longAgo)
    return [
      {
        severity: "error",
        subject: "clock",
        problem: `says ${new Date(now).toISOString()}`,
        remedy: "set it, and run an NTP client",
      },
    ];
  if (isClockKept !== false) return [];
  const problem = "no program keeps it in time: times of events, certificates and auth_hmac depend on it";
  return [{ severity: "warning", subject: "clock", problem, remedy: "run an NTP client: systemd-timesyncd, chrony" }];
};

/** Below this the store cannot take many changes, or none. */
const [littleBytes, tooFewBytes, fewFiles] = [256 * 1024 * 1024, 16 * 1024 * 1024, 100];

/** Changes are on disk before they are answered: without room there are none. */
export const disk: Check = (host, { stateDirectory }) => {
  const free = host.free(stateDirectory);
  if (free === undefined || (free.bytes >= littleBytes && free.files >= fewFiles)) return [];
  const isFull = free.bytes < tooFewBytes || free.files < fewFiles;
  return [
    {
      severity: isFull ? "error" : "warning",
      subject: stateDirectory,
      problem: `has ${Math.floor(free.bytes / 1024 / 1024)} MB and ${free.files} files left${isFull ? ": changes may be refused" : ""}`,
      remedy: "make room in its file system",
    },
  ];
};

const day = 86_400_000;

/** Clients refuse a certificate that is over. */
export const certificates: Check = ({ now }, { certificates: all }) =>
  all
    .filter(({ notAfter }) => notAfter - now < 14 * day)
    .map(({ file, notAfter }) => ({
      severity: notAfter <= now ? "error" : "warning",
      subject: file,
      problem: `${notAfter <= now ? "is over since" : "ends at"} ${new Date(notAfter).toISOString()}`,
      remedy: "replace the files, which are read again by themselves, or: vipward certificate rotate",
    }));

/** Interfaces that are not there, programs that are not run. */
export const remarks: Check = (_, { remarks: all }) =>
  all.map(({ path = "configuration", message }) => ({
    severity: "warning",
    subject: path,
    problem: message,
    remedy: "change the configuration or the machine",
  }));

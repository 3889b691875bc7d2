// Findings of the doctor, to the wire.

import { checks, type Found } from "../doctor/examine.ts";
import { type DoctorResponse, Finding_Severity } from "../gen/vipward/v1/doctor.pb.ts";

const severities: Readonly<Record<Found["severity"], Finding_Severity>> = {
  info: Finding_Severity.SEVERITY_INFO,
  warning: Finding_Severity.SEVERITY_WARNING,
  error: Finding_Severity.SEVERITY_ERROR,
};

/** What was found, on the wire. */
export function doctorResponseOf(found: readonly Found[]): DoctorResponse {
  return {
    findings: found.map((finding) => ({ ...finding, severity: severities[finding.severity] })),
    checks: Object.keys(checks),
  };
}

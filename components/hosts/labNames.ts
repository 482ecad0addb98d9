/** The name of a lab object in the Docker engine. */
export function labObjectName(stack: string, part: string): string {
  return `sip-ha-${stack}-${part}`;
}

/** What every lab object carries. */
export function stackLabel(stack: string): { label: string; value: string } {
  return { label: "sip-ha.stack", value: stack };
}
